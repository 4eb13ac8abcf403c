-- Buildings whose name or address holds some words, among those whose grid begins with one of the prefixes.
-- It runs as its owner, because row security keeps an index from being searched by operators that are not declared
-- leakproof. It tells nothing but ids, and whoever reads the rows of these ids is under row security again.
-- The plan is made for the words at hand: a word that every address has is found at once without the index.

CREATE OR REPLACE FUNCTION buildings_named(words text, prefixes text[], most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  wanted text[] := ARRAY(
    SELECT piece FROM unnest(text_pieces(words, NULL)) AS piece WHERE length(piece) = least(2, length(words)) AND strpos(words, piece) > 0);
  everything boolean := prefixes = '{""}';
BEGIN
  RETURN QUERY
  SELECT id FROM building_pieces AS p JOIN buildings ON id = p.building_id
  WHERE p.pieces @> wanted
    AND (strpos(name, words) > 0 OR strpos(address, words) > 0)
    AND (everything OR id IN (SELECT s.id FROM standing_below('buildings', prefixes) AS s))
  LIMIT most;
END $$;

-- By statement where rows come in; by row where one is renamed, so that whatever else changes of buildings costs nothing.
CREATE OR REPLACE FUNCTION keep_building_pieces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO building_pieces (building_id, pieces)
    SELECT id, text_pieces(name, address) FROM new_rows WHERE name IS NOT NULL OR address IS NOT NULL;
  ELSE
    INSERT INTO building_pieces AS p (building_id, pieces) VALUES (NEW.id, text_pieces(NEW.name, NEW.address))
    ON CONFLICT (building_id) DO UPDATE SET pieces = excluded.pieces;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER building_pieces_insert AFTER INSERT ON buildings
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_building_pieces();
CREATE OR REPLACE TRIGGER building_pieces_update AFTER UPDATE OF name, address ON buildings
  FOR EACH ROW WHEN ((OLD.name, OLD.address) IS DISTINCT FROM (NEW.name, NEW.address))
  EXECUTE FUNCTION keep_building_pieces();
