"""Well-formed pieces of codes, drawn by hypothesis."""

from hypothesis import strategies as st


def number(width, low=1, high=None):
    return st.integers(low, high or 10**width - 1).map(lambda n: f"{n:0{width}d}")


districts = st.tuples(number(2), number(2), number(2)).map("".join)
streets = st.tuples(districts, number(3)).map("".join)
communities = st.tuples(streets, number(3)).map("".join)
cities = st.tuples(number(2), number(2)).map("".join)
prefixes = st.one_of(number(2), cities, districts, streets, communities)
