"""What a caller is told when the database cannot do what is asked in time."""

import pytest
from sqlalchemy import text

from gridgis.database import make_engine, transaction
from gridgis.errors import Unavailable


@pytest.fixture
def hurried(database_url):
    engine = make_engine(database_url, pool_size=1, statement_timeout_s=0.05)
    yield engine
    engine.dispose()


def test_a_statement_that_takes_too_long_is_ended_and_said(hurried):
    with pytest.raises(Unavailable, match="longer than it may"), transaction(hurried) as session:
        session.execute(text("SELECT pg_sleep(10)"))


def test_a_server_that_is_not_there_is_named_without_its_password():
    engine = make_engine("postgresql://me:secret@127.0.0.1:1/city")
    with pytest.raises(Unavailable, match=r"me:\*\*\*@127.0.0.1:1/city does not answer"), transaction(engine):
        pass


def test_a_read_only_transaction_sees_one_snapshot(engine):
    count = text("SELECT count(*) FROM plans")
    with transaction(engine, read_only=True) as reader:
        before = reader.scalar(count)
        with transaction(engine) as writer:
            writer.execute(text("INSERT INTO plans (name, created_by) VALUES ('a draft', 'test')"))
        assert reader.scalar(count) == before
