-- Deletes and updates of every table of Galope's can be replicated, also by a publication FOR ALL TABLES. A key on
-- predictions would double what inserting them costs; the whole row costs nothing where nothing is replicated.
ALTER TABLE galope.prediction REPLICA IDENTITY FULL;

-- Why the stream can't see or score everything at the moment; null while it can.
ALTER TABLE galope.cursor ADD COLUMN problem text;

-- The tables that tell the stream of changes: those it is installed on, and their partitions, with their triggers as they
-- were when all rows of theirs were accounted for. What differs from the catalogue may have missed changes.
CREATE TABLE galope.watched (
    relation oid PRIMARY KEY,
    root     text NOT NULL,
    name     text NOT NULL,
    triggers text NOT NULL
);
