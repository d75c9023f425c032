"""A record is to be deleted because its partner is gone, and others hang on it: the system would take them along.

The worker asks what hangs on it, looks at that first, asks again, and deletes only if nothing is left; what is held is
asked about by the next pass (`shared/engine/record/_dependants.py`). One child that both sides know, one newcomer that
nobody has seen, and people who come in between. What is entered after the last question is the limit: no version tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

AGREED: Final = 1
EDITED: Final = 2
MOST_DEEDS: Final = 3

At = Literal["ask", "look", "ask again", "delete", "held", "done"]


class Scene(NamedTuple):
    """child, partner: what stands there of the child at the target and at its source; 0 once it is gone.

    hangs: the child still points to the record. newcomer: another row does. late: somebody did something at the target
    after the last question.
    """

    at: At = "ask"
    child: int = AGREED
    partner: int = AGREED
    hangs: bool = True
    newcomer: bool = False
    late: bool = False
    deeds: int = 0

    @property
    def hanging(self) -> bool:
        return (bool(self.child) and self.hangs) or self.newcomer


Step = tuple[str, Scene, str]


@dataclass(frozen=True, slots=True)
class Hanging:
    """The world, and its rules. asks: before anything is deleted. looks: at what hangs there, first. again: asks once
    more after that. retries: what was held is asked about again. fenced: a child goes only as both sides agreed on it.
    """

    asks: bool = True
    looks: bool = True
    again: bool = True
    retries: bool = True
    fenced: bool = True

    def start(self) -> Scene:
        return Scene()

    def steps(self, scene: Scene) -> Iterator[Step]:
        yield from self._people(scene)
        if scene.at == "ask":
            after: At = ("look" if self.looks else "held") if scene.hanging and self.asks else "delete"
            yield "the worker asks", scene._replace(at=after, late=False), ""
        elif scene.at == "look":
            yield self._look(scene)
        elif scene.at == "ask again":
            after = "held" if scene.hanging and self.again else "delete"
            yield "the worker asks again", scene._replace(at=after, late=scene.late and not self.again), ""
        elif scene.at == "delete":
            yield self._delete(scene)
        elif scene.at == "held" and self.retries:
            yield "a pass comes by", scene._replace(at="ask", late=False), ""

    def _people(self, scene: Scene) -> Iterator[Step]:
        if scene.at == "done" or scene.deeds == MOST_DEEDS:
            return
        then = scene._replace(deeds=scene.deeds + 1, late=True)
        if scene.child == AGREED:
            yield "somebody edits the child", then._replace(child=EDITED), ""
        if scene.child and scene.hangs:
            yield "somebody moves the child away", then._replace(hangs=False), ""
        if not scene.newcomer:
            yield "somebody adds a row", then._replace(newcomer=True), ""
        else:
            yield "somebody deletes that row", then._replace(newcomer=False), ""
        if scene.partner:
            yield "somebody deletes the child's partner", then._replace(partner=0, late=scene.late), ""

    def _look(self, scene: Scene) -> Step:
        """A visit to the child: an edit is carried over; without a partner it goes, or waits for a person."""
        if not scene.child or not scene.hangs:
            return "nothing is left to look at", scene._replace(at="ask again"), ""
        if scene.partner:
            return "the child is in agreement", scene._replace(at="ask again", partner=scene.child), ""
        if scene.child == AGREED or not self.fenced:
            broken = "law 8: an edit was deleted with the child" if scene.child == EDITED else ""
            return "the child goes first", scene._replace(at="ask again", child=0), broken
        return "the child is set aside", scene._replace(at="ask again"), ""

    def _delete(self, scene: Scene) -> Step:
        broken = "law 12: something was taken along" if scene.hanging and not scene.late else ""
        child = 0 if scene.hangs else scene.child
        return "the record goes", scene._replace(at="done", child=child, newcomer=False), broken

    def judge(self, scene: Scene) -> str:
        """What is held, and never looked at again, has to be held by something that a person has to decide about."""
        if scene.at != "held" or (self.retries and self.looks):
            return ""
        decided = scene.partner == 0 and scene.child == AGREED and not scene.newcomer
        return "law 7: it stands for ever" if decided or not scene.hanging else ""
