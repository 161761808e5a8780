-- What events carry beside their type, of what the team or galope.toml declares: the number of the declaration, an amount
-- or null, and labels such as campaign=verao, as [number, amount, [labels]]. Null where nothing is declared; as the eighth
-- column it then takes no byte.
ALTER TABLE galope.change_log ADD COLUMN attributes jsonb;

-- It gives the attributes too from now on; the installation makes it again.
DROP FUNCTION IF EXISTS galope.subject_events();
