-- What all customers have in common, as fitted: from it and a customer's own orders follows what the customer will buy. The
-- newest row counts. `held_out` says how a model of the orders before the newest quarter of the time foretold the rest.
CREATE TABLE galope.value_model (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model     jsonb NOT NULL,
    customers bigint NOT NULL,
    held_out  jsonb,
    fitted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT value_model_of_somebody CHECK (customers > 0)
);
