"""The shapes of elements: which paths lie below them. Equal subtrees share a shape: a list of thousands has few."""

from __future__ import annotations

from agent.extract.miner.tree import Node

DEPTH = 4  # levels of descendants that make a shape: deeper ones are content
# Marks within a line: where some rows have a price struck through beside another, the rest have it plain.
MARKS = frozenset({"b", "strong", "i", "em", "u", "s", "del", "ins", "strike", "small", "mark", "font", "br", "#text"})
LEAST_FRAME = 2  # paths: a frame of fewer says nothing


class Shapes:
    """Interns the shapes of one tree. A shape is an int; `overlap` compares two of them. Shapes of another instance,
    of the same tree too, are other numbers."""

    def __init__(self) -> None:
        self._of: dict[Node, int] = {}
        self._ids: dict[tuple[object, ...], int] = {}
        self._kids: list[tuple[tuple[str, str, int], ...]] = []
        self._paths: dict[tuple[int, int], frozenset[int]] = {}
        self._overlaps: dict[tuple[int, int], float] = {}
        self._frames: dict[tuple[int, int], frozenset[int]] = {}
        self._shares: dict[tuple[int, int], float] = {}

    def of(self, node: Node) -> int:
        """The shape of what lies below a node, children first, each node once."""
        known = self._of
        if node not in known:
            pending = [node]
            while pending:
                current = pending[-1]
                open_kids = [kid for kid in current.kids if kid not in known]
                if open_kids:
                    pending.extend(open_kids)
                    continue
                pending.pop()
                known[current] = self._intern(current)
        return known[node]

    def _intern(self, node: Node) -> int:
        kids = frozenset((kid.tag, kid.classes[0] if kid.classes else "", self._of[kid]) for kid in node.kids)
        key = (kids,)
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = len(self._kids)
            self._kids.append(tuple(sorted(kids)))
        return found

    def paths(self, shape: int, depth: int = DEPTH) -> frozenset[int]:
        """Hashes of the paths of a shape, by tags and by tags with their first class."""
        known = self._paths.get((shape, depth))
        if known is None:
            found: set[int] = set()
            for tag, name, below in self._kids[shape]:
                found.add(hash(tag))
                if name:
                    found.add(hash((tag, name)))
                if depth > 1:
                    found.update(hash((tag, path)) for path in self.paths(below, depth - 1))
            known = self._paths[(shape, depth)] = frozenset(found)
        return known

    def overlap(self, first: int, second: int) -> float:
        """Jaccard similarity of the paths of two shapes: 1.0 for two that are empty."""
        if first == second:
            return 1.0
        key = (first, second) if first < second else (second, first)
        known = self._overlaps.get(key)
        if known is None:
            ours, theirs = self.paths(first), self.paths(second)
            union = len(ours | theirs)
            known = self._overlaps[key] = len(ours & theirs) / union if union else 1.0
        return known

    def frame(self, shape: int, depth: int = DEPTH) -> frozenset[int]:
        """The paths of a shape without the marks in its lines, whose parts count as those of the line."""
        known = self._frames.get((shape, depth))
        if known is None:
            found: set[int] = set()
            for tag, name, below in self._kids[shape]:
                deeper = self.frame(below, depth - 1) if depth > 1 else frozenset()
                if tag in MARKS:
                    found |= deeper
                    continue
                found.add(hash(tag))
                if name:
                    found.add(hash((tag, name)))
                found.update(hash((tag, path)) for path in deeper)
            known = self._frames[(shape, depth)] = frozenset(found)
        return known

    def share(self, first: int, second: int) -> float:
        """How much of the smaller frame of two shapes is in the other: 1.0 where one has all parts of the other and
        more, as rows with a badge or a rating have. 0.0 for frames that say nothing."""
        key = (first, second) if first < second else (second, first)
        known = self._shares.get(key)
        if known is None:
            ours, theirs = self.frame(first), self.frame(second)
            least = min(len(ours), len(theirs))
            known = self._shares[key] = len(ours & theirs) / least if least >= LEAST_FRAME else 0.0
        return known
