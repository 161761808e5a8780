-- With whom somebody works: whose leads are their team's. A word that people share; null for who works in none.
ALTER TABLE galope.user ADD COLUMN team text;
ALTER TABLE galope.user ADD CONSTRAINT user_team_named CHECK (team <> '');
