-- The pieces of buildings' names and addresses in a table of their own: a building that changes its grid keeps its
-- words, and the index of them is by far the dearest to write.

CREATE TABLE building_pieces (
    building_id BIGINT NOT NULL,
    pieces TEXT[] NOT NULL,
    CONSTRAINT pk_building_pieces PRIMARY KEY (building_id),
    CONSTRAINT fk_building_pieces_building_id FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE
);

INSERT INTO building_pieces (building_id, pieces)
SELECT id, text_pieces(name, address) FROM buildings WHERE name IS NOT NULL OR address IS NOT NULL;

CREATE INDEX ix_building_pieces_pieces ON building_pieces USING gin (pieces);

DROP INDEX ix_buildings_pieces;
