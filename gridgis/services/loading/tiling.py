"""Whether loaded grids tile their communities (invariant 1), with the places where they do not."""

from __future__ import annotations

import shapely

from gridgis.geometry.coverage import Finding, check_coverage
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.job import Job
from gridgis.sql import loading as loading_sql

#: Findings with an area: accepted below the tolerance of the settings.
_AREAS = ("gap", "overlap", "outside")
#: What a published plan must not have whatever its size.
_NEVER = ("unshared_vertex",)
#: Places of one load that go into the report.
_MOST_PLACES = 5_000


def check_tiling(job: Job, batch: Batch) -> None:
    """Reject grids that leave gaps, overlap, leave their community or do not share vertices.

    Every finding goes into the report as a GeoJSON feature; ``accept_gaps`` lets them be.
    """
    if not len(batch):
        return
    outlines = {
        row.code: shapely.from_wkb(bytes(row.wkb))
        for row in loading_sql.select_outlines(job.session, "community")
    }
    check = check_coverage(
        batch.values["code"].to_pylist(),
        batch.geometry,
        batch.values["community_code"].to_pylist(),
        outlines,
        srid=job.config.metric_srid,
    )
    tolerance_m2 = job.config.gap_tolerance_m2
    bad = [f for f in check.findings if f.kind in _NEVER or (f.kind in _AREAS and f.area_m2 > tolerance_m2)]
    for finding in check.findings:
        job.report.counts[f"{finding.kind}_findings"] += 1
    job.report.places.extend(_feature(finding) for finding in check.findings[:_MOST_PLACES])
    if not bad:
        return
    largest = max(bad, key=lambda finding: finding.area_m2)
    place = largest.place.representative_point()
    sentence = (
        f"the grids do not tile their communities: {_summary(bad)}; the largest is a {largest.kind} of "
        f"{largest.area_m2:,.2f} m2 in {largest.parent} at {place.x:.6f}, {place.y:.6f}. "
        "All places are in --report as GeoJSON; --accept-gaps loads them as they are"
    )
    if job.options.accept_gaps:
        job.report.notes.append(sentence)
    else:
        job.report.rejected = sentence


def _summary(findings: list[Finding]) -> str:
    parts = []
    for kind in (*_AREAS, *_NEVER):
        of_kind = [f for f in findings if f.kind == kind]
        if of_kind:
            area = f" ({sum(f.area_m2 for f in of_kind):,.2f} m2)" if kind in _AREAS else ""
            parts.append(f"{len(of_kind):,} {kind.replace('_', ' ')}{'s' if len(of_kind) > 1 else ''}{area}")
    return ", ".join(parts)


def _feature(finding: Finding) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(finding.place),
        "properties": {
            "what": finding.kind,
            "community": finding.parent,
            "grids": list(finding.codes),
            "area_m2": round(finding.area_m2, 4),
        },
    }
