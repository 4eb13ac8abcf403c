"""Tracks: the GPS fixes of shifts, walked along the roads of a beat, with a telephone's errors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from gridgis.sample.divisions import Land
from gridgis.sample.fabric import Fabric
from gridgis.sample.layers import Layer, coded, instants
from gridgis.sample.rhythm import DAY_S, UTC_OFFSET_S
from gridgis.sample.workers import Workers

WALK_M_S = 1.2
FIX_S = 30
#: Shifts begin at these seconds of the local day and last four hours: 08:00 and 14:00.
_SHIFTS_S = (8 * 3600, 14 * 3600)
_SHIFT_FIXES = 4 * 3600 // FIX_S
#: Errors: a slow drift (Gauss-Markov, its correlation time in seconds) and rare reflections off buildings.
_DRIFT_S = 180.0
_REFLECTED = 0.012


def walk(
    land: Land,
    fabric: Fabric,
    workers: Workers,
    days: int,
    chosen: int,
    until_s: int,
    rng: np.random.Generator,
) -> Iterator[Layer]:
    """Yield the tracks of ``chosen`` workers, one layer a worker, over the ``days`` before an instant.

    Workers are spread evenly over the city. Each rests one day in seven. A fix is due every 30 s; between
    tall buildings some are missed. ``accuracy_m`` tells the error's expected size as a receiver would, not
    the error.
    """
    picked = np.unique(
        np.linspace(0, len(workers.codes) - 1, min(chosen, len(workers.codes))).astype(np.int64)
    )
    last = (until_s + UTC_OFFSET_S) // DAY_S
    for worker in picked:
        route = _route(fabric, workers.beats[worker])
        density = float(land.density[workers.beats[worker]].mean())
        rest = int(rng.integers(0, 7))
        starts = np.array(
            [
                int(day) * DAY_S + start - UTC_OFFSET_S
                for day in range(int(last) - days, int(last) + 1)
                if day % 7 != rest
                for start in _SHIFTS_S
            ]
        )
        at, xy, accuracy, speed = _shifts(route, density, starts, rng)
        keep = (at <= until_s) & (at > until_s - days * DAY_S)
        lonlat = land.spec.to_lonlat(xy[keep])
        yield _layer(workers.codes[worker], at[keep], lonlat, accuracy[keep], speed[keep])


def _layer(code: str, at: np.ndarray, lonlat: np.ndarray, accuracy: np.ndarray, speed: np.ndarray) -> Layer:
    columns = {
        "worker_code": coded([code], np.zeros(len(at), np.int64)),
        "fixed_at": instants(at),
        "accuracy_m": pa.array(np.round(accuracy, 1)),
        "speed_m_s": pa.array(np.round(speed, 2)),
        "lon": pa.array(lonlat[:, 0]),
        "lat": pa.array(lonlat[:, 1]),
    }
    return Layer("tracks", pa.table(columns))


def _route(fabric: Fabric, beat: np.ndarray) -> np.ndarray:
    """Return the (n, 2) way round a beat: around each of its grids in turn, in metres."""
    rings: list[np.ndarray] = []
    for face in beat:
        ring = fabric.xy[fabric.ring_points[fabric.ring_start[face] : fabric.ring_start[face + 1]]]
        near = 0 if not rings else int(np.argmin(np.hypot(*(ring - rings[-1][-1]).T)))
        ring = np.roll(ring, -near, axis=0)
        rings.append(np.vstack([ring, ring[:1]]))
    return np.vstack(rings)


def _shifts(
    route: np.ndarray, density: float, starts_s: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return instants, places (metres), accuracies and speeds of shifts of four hours, shift after shift."""
    shape = (len(starts_s), _SHIFT_FIXES)
    stands = np.repeat(rng.random((shape[0], _SHIFT_FIXES // 12)) < 0.18, 12, axis=1)
    pace = np.where(stands, 0.0, WALK_M_S * rng.normal(1, 0.12, shape).clip(0.6, 1.4))
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(route, axis=0).T))])
    walked = np.cumsum(pace * FIX_S, axis=1) + rng.random((shape[0], 1)) * along[-1]
    true = np.stack([np.interp(walked % along[-1], along, route[:, k]) for k in range(2)], axis=-1)
    canyon = min(density / 8, 1.3)
    sigma = (2.8 + 4.5 * canyon) * np.exp(rng.normal(0, 0.2, (shape[0], 1)))
    reflected = rng.random(shape) < _REFLECTED * (0.4 + canyon)
    leap = np.where(reflected, rng.exponential(38, shape) + 15, 0.0)
    turn = rng.random(shape) * 2 * np.pi
    leaps = np.stack([leap * np.cos(turn), leap * np.sin(turn)], axis=-1)
    xy = true + _drift(sigma, shape, rng) + leaps
    accuracy = (
        sigma * np.exp(rng.normal(0, 0.22, shape)) * np.where(reflected, rng.uniform(1.2, 4.5, shape), 1)
    )
    at = starts_s[:, None] + np.arange(_SHIFT_FIXES) * FIX_S + rng.integers(0, 5, shape)
    speed = np.abs(pace + rng.normal(0, 0.12, shape))
    seen = _seen(canyon, shape, rng)
    return at[seen], xy[seen], np.maximum(accuracy, 2.0)[seen], speed[seen]


def _drift(sigma: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the slow error of each fix, (shifts, fixes, 2) metres: a first-order Gauss-Markov process."""
    memory = np.exp(-FIX_S / _DRIFT_S)
    each = sigma[:, :, None] / np.sqrt(2)  # sigma is of the distance, shared by two axes
    drift = rng.normal(size=(*shape, 2)) * each * np.sqrt(1 - memory**2)
    drift[:, 0] /= np.sqrt(1 - memory**2)
    for k in range(1, shape[1]):
        drift[:, k] += memory * drift[:, k - 1]
    return drift


def _seen(canyon: float, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Tell which fixes came: single ones are lost, and minutes of them indoors or in an underpass."""
    seen = rng.random(shape) > 0.015 + 0.05 * canyon
    for shift, gap in np.argwhere(rng.random(shape) < 0.0025 * (0.3 + canyon)):
        seen[shift, gap : gap + int(rng.integers(4, 24))] = False
    return seen
