"""One load under way: what every stage needs to know, and what a layer must be able to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from gridgis.config import Config
from gridgis.formats.fields import Layer
from gridgis.services.loading.batches import Batch
from gridgis.services.loading.doctor import Report
from gridgis.services.loading.options import Options

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(slots=True)
class Job:
    """The load of one file; `memo` is kept with it, for undoing."""

    session: Session
    config: Config
    layer: Layer
    options: Options
    report: Report
    import_id: int = 0
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether rows still go into the store: not in a dry run, and not once the load is lost."""
        return not self.options.dry_run and not self.is_lost

    @property
    def is_lost(self) -> bool:
        """Whether what was found so far means that nothing is loaded."""
        found = self.report.refused.total or self.report.duplicates.total
        return bool(self.report.rejected) or (bool(found) and not self.options.skip_refused)


class Loader(Protocol):
    """What is particular about one layer.

    Attributes
    ----------
    whole
        Whether the file can only be judged as a whole; else it comes in batches.
    """

    whole: bool

    def check(self, batch: Batch) -> None:
        """Refuse rows by what is known without asking the store; runs beside the writing of earlier rows."""

    def check_stored(self, batch: Batch) -> None:
        """Refuse rows by what the store holds."""

    def write(self, batch: Batch) -> None:
        """Write rows that are good."""

    def finish(self) -> None:
        """Do what can only be done when every row is in."""
