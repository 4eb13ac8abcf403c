"""The live stream: one listening connection a process, fanned out to every page that is open."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gridgis.database import seeing
from gridgis.errors import Unavailable
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.incidents import stream_item
from gridgis.sql import stream as sql

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

_log = logging.getLogger(__name__)

#: A beat says that the database was asked just now and has nothing newer. Without the database there is none.
BEAT_S = 3.0
#: Who missed more than this is told to read everything again.
MOST_BACKLOG = 1_000
#: A page that does not take its frames is let go; it comes back and resumes.
_MOST_WAITING = 2_000
_PAUSE_S = 1.0
_PATIENCE_S = 5.0
_IDLE_BEATS = 20


@dataclass(frozen=True, slots=True)
class Frame:
    """One message; `grid_code` says who may see it, and `everyone` that all may."""

    event: str
    data: str
    number: int
    grid_code: str | None = None
    everyone: bool = True

    def encoded(self) -> str:
        """Return the message as server-sent events write it."""
        return f"id: {self.number}\nevent: {self.event}\ndata: {self.data}\n\n"


@dataclass(eq=False, slots=True)
class Subscription:
    """One open page: what waits for it, and the number of the last step before the first that will come."""

    scope: Scope
    since: int
    waiting: queue.Queue[Frame | None] = field(default_factory=lambda: queue.Queue(_MOST_WAITING))

    def frames(self) -> Iterator[Frame]:
        """Yield messages as they come; ends when the hub lets the page go."""
        while (frame := self.waiting.get()) is not None:
            yield frame


class Hub:
    """Listens for all pages of one server process, from the first subscription on.

    Parameters
    ----------
    engine
        Where the database is; the hub's one connection is not of its pool.
    places
        Pages served at once.
    """

    def __init__(self, engine: Engine, places: int) -> None:
        self._engine = engine
        self._places = places
        self._lock = threading.Lock()
        self._open: set[Subscription] = set()
        self._seen: int | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._closing = threading.Event()
        self._idle = 0

    def subscribe(self, scope: Scope) -> Subscription:
        """Return a new subscription.

        Raises
        ------
        Unavailable
            Every place is taken, or the database does not answer.
        """
        while True:
            with self._lock:
                if len(self._open) >= self._places or self._closing.is_set():
                    raise Unavailable(
                        f"all {self._places} live places of this process are taken; poll instead"
                    )
                if self._ready.is_set():
                    subscription = Subscription(scope, self._seen or 0)
                    self._open.add(subscription)
                    return subscription
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="gridgis stream", daemon=True)
                    self._thread.start()
            if not self._ready.wait(timeout=_PATIENCE_S):
                raise Unavailable("the database does not answer; the stream will be back when it does")

    def unsubscribe(self, subscription: Subscription) -> None:
        """Give a place back."""
        with self._lock:
            self._open.discard(subscription)

    def close(self) -> None:
        """Let every page go, for the process is about to end; they come back to the next one."""
        self._closing.set()
        for subscription in list(self._open):
            self._let_go(subscription)

    def __len__(self) -> int:
        return len(self._open)

    def _run(self) -> None:
        """Listen until nobody has been there for a minute; begin again when the connection breaks."""
        self._idle = 0
        try:
            while not self._is_over():
                try:
                    with sql.listening(self._engine) as ear:
                        self._attend(ear)
                except sql.LOST as error:
                    _log.warning("the live stream lost the database: %s", str(error).splitlines()[0])
                    self._ready.clear()
                    self._idle += not self._open
                    self._closing.wait(_PAUSE_S)
        finally:
            with self._lock:
                self._end()

    def _is_over(self) -> bool:
        """Whether to end; whoever comes from then on begins anew, and nobody came in between."""
        with self._lock:
            if self._open:
                self._idle = 0
            over = self._closing.is_set() or self._idle >= _IDLE_BEATS
            if over:
                self._end()
            return over

    def _end(self) -> None:
        if self._thread is threading.current_thread():  # and not one that has begun since
            self._ready.clear()
            self._thread = None
            self._seen = None

    def _attend(self, ear: sql.Ear) -> None:
        """Pass on what is heard; returns when nobody has been listening for some beats."""
        self._catch_up(ear.session)
        self._ready.set()
        while self._idle < _IDLE_BEATS and not self._closing.is_set():
            layers, drafts = ear.hear(BEAT_S)
            told = self._catch_up(ear.session)
            # a load of incidents brings no live steps, yet the pages' figures are old now
            for layer in sorted(layers - ({"incidents"} if told else set())):
                self._tell(Frame("layer", json.dumps({"layer": layer}), self._seen or 0))
            for plan_id in sorted(drafts):  # a number alone: who may see the draft asks for it
                self._tell(Frame("draft", json.dumps({"plan": plan_id}), self._seen or 0))
            if not layers and not drafts and not told:
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                self._tell(Frame("beat", json.dumps({"at": now}), self._seen or 0))
            self._idle = 0 if self._open else self._idle + 1

    def _catch_up(self, session: Session) -> int:
        """Read the steps since the last ones seen and pass them on; returns how many."""
        last = sql.last_event(session)
        before, self._seen = self._seen, last
        if before is None or last <= before:
            return 0
        frames = events(session, before, last)
        for frame in frames:
            self._tell(frame)
        return len(frames)

    def _tell(self, frame: Frame) -> None:
        with self._lock:
            for subscription in list(self._open):
                if not frame.everyone and not subscription.scope.covers(frame.grid_code):
                    continue
                try:
                    subscription.waiting.put_nowait(frame)
                except queue.Full:
                    self._let_go(subscription)

    def _let_go(self, subscription: Subscription) -> None:
        self._open.discard(subscription)
        if subscription.waiting.full():
            subscription.waiting.get_nowait()
        subscription.waiting.put_nowait(None)


def events(session: Session, after: int, upto: int) -> list[Frame]:
    """Return the steps with after < number <= upto, or one ``reset`` when they are too many."""
    rows = sql.select_events(session, after, upto, MOST_BACKLOG + 1)
    if len(rows) > MOST_BACKLOG:
        return [Frame("reset", "{}", upto)]
    return [_frame(stream_item(dict(row._mapping))) for row in rows]


def missed(
    session: Session, scope: Scope, after: int | None, upto: int | None = None
) -> tuple[list[Frame], int]:
    """Return what a caller missed after step `after`, and the number to go on from.

    Without `after` nothing was missed: the caller only wants to know where the log stands. A number from
    beyond the end is from another database, and everything has to be read again.
    """
    if upto is None:
        with seeing(session, EVERYTHING):  # a number alone; looking for the last one in sight may take long
            last = sql.last_event(session)
    else:
        last = upto
    if after is None:
        return [], last
    if after > last:
        return [Frame("reset", "{}", last)], last
    frames = events(session, after, last)
    return [f for f in frames if f.everyone or scope.covers(f.grid_code)], last


def _frame(item: dict[str, Any]) -> Frame:
    data = json.dumps(item, ensure_ascii=False, default=_text)
    return Frame("incident", data, item["event_id"], item["grid_code"], everyone=False)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a stream tells no {type(value).__name__}")
