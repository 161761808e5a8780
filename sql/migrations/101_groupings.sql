-- Groups that leads, or partners, were found to fall into: what puts one into a group, as JSON, and what is known of each group.
-- The newest row of a kind counts. A group keeps its number from one fit to the next where it is the same group.
CREATE TABLE galope.grouping (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text NOT NULL,
    model     json NOT NULL,
    groups    jsonb NOT NULL,
    stability double precision NOT NULL,
    fitted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT grouping_kind_known CHECK (kind IN ('leads', 'partners'))
);

-- The group that each lead is in, and each partner.
CREATE TABLE galope.lead_group (
    lead_id uuid PRIMARY KEY,
    number  integer NOT NULL
);
CREATE INDEX lead_group_number ON galope.lead_group (number);

CREATE TABLE galope.partner_group (
    partner_id uuid PRIMARY KEY,
    number     integer NOT NULL
);

-- Puts leads into groups, in the statement that writes a batch; those that are gone are dropped, and who stays is not written.
CREATE FUNCTION galope.keep_groups(leads uuid[], numbers integer[]) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO galope.lead_group AS k (lead_id, number)
    SELECT g.lead_id, g.number FROM unnest(leads, numbers) AS g (lead_id, number)
    JOIN galope.subjects() AS l ON l.lead_id = g.lead_id
    ON CONFLICT (lead_id) DO UPDATE SET number = excluded.number WHERE k.number <> excluded.number;
END
$$;
