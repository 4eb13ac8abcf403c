import gzip

from gridgis.geometry.tile import bounds
from gridgis.services.tiles.cache import Tile, TileCache, TileKey


def key(x: int, y: int, *, layer: str = "grids", z: int = 10, query: str = "{}") -> TileKey:
    return TileKey(layer, z, x, y, query)


def stored(cache: TileCache, *keys: TileKey, body: bytes = b"tile") -> None:
    for each in keys:
        cache.put(each, Tile(each, body))


def test_the_tile_unused_for_longest_makes_room() -> None:
    cache = TileCache(most_bytes=8000)
    first, second, third = key(0, 0), key(1, 0), key(2, 0)
    stored(cache, first, second, body=bytes(2000))
    assert cache.get(first) is not None
    stored(cache, third, body=bytes(2000))
    assert [cache.get(each) is not None for each in (first, second, third)] == [True, False, True]


def test_a_tile_larger_than_the_cache_is_not_kept() -> None:
    cache = TileCache(most_bytes=5000)
    stored(cache, key(0, 0), body=bytes(10_000))
    assert len(cache) == 0


def test_only_tiles_under_the_box_are_forgotten() -> None:
    cache = TileCache(most_bytes=10**6)
    here, filtered, beside, deeper = (
        key(500, 400),
        key(500, 400, query='{"a":1}'),
        key(502, 400),
        key(1000, 800, z=11),
    )
    other = key(500, 400, layer="roads")
    stored(cache, here, filtered, beside, deeper, other)
    xmin, ymin, xmax, ymax = bounds(10, 500, 400)
    middle = ((xmin + xmax) / 2, (ymin + ymax) / 2)
    cache.forget("grids", range(11), (*middle, *middle))
    kept = [each for each in (here, filtered, beside, deeper, other) if cache.get(each)]
    assert kept == [beside, deeper, other]


def test_a_large_box_forgets_as_a_small_one_does() -> None:
    cache = TileCache(most_bytes=10**6)
    stored(cache, key(500, 400), key(900, 400))
    west = bounds(10, 0, 0)[0]
    cache.forget("grids", range(23), (west, -2e7, 0.0, 2e7))
    assert cache.get(key(500, 400)) is None
    assert cache.get(key(900, 400)) is not None


def test_everywhere_is_the_whole_layer() -> None:
    cache = TileCache(most_bytes=10**6)
    stored(cache, key(1, 1), key(900, 900), key(1, 1, layer="roads"))
    cache.forget("grids", range(23), None)
    assert len(cache) == 1


def test_digests_tell_bytes_and_queries_apart() -> None:
    digests = {
        Tile(key(0, 0, query=query), body).digest
        for query in ("{}", '{"prefixes":[]}')
        for body in (b"a", b"b")
    }
    assert len(digests) == 4
    assert Tile(key(0, 0), b"a").digest == Tile(key(5, 5), b"a").digest


def test_the_compressed_copy_is_the_same_tile() -> None:
    tile = Tile(key(0, 0), b"a tile " * 100)
    assert gzip.decompress(tile.gzipped) == tile.body
