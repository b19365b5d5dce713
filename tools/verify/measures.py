"""Measures of the values in classes: docs/CARD.md, sections 5.8 to 5.11."""

import math
import re
from collections import Counter

from differs import Differs

ALLOWED = 1e-9
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


def check(kind, body, table):
    """What was found, in a sentence; a difference if it is not as claimed."""
    if kind in ("average_risk", "sample_uniques"):
        return by_size(kind, body, table)
    of = body["of"]
    classes = values_by_class(table, of["columns"], of["sensitive"])
    if not classes:
        raise Differs("the table has no rows, so there is no class to make a claim about")
    nothing = {"", "*"} | set(of.get("unknown", ()))
    released = Counter()
    for _, counts in classes.values():
        released.update(counts)
    if kind == "n_t_closeness":
        return surroundings(body, table, classes)
    whole, others = reference(body, released)
    most = -math.inf
    for first, counts in sorted(classes.values(), key=lambda found: found[0]):
        known = sorted((n for value, n in counts.items() if value not in nothing), reverse=True)
        try:
            found = MEASURES[kind](body, counts, known, whole, others, nothing)
        except Differs as difference:
            raise Differs(f"the class of row {first}: {difference}") from None
        most = max(most, found)
    return f"{WORDS[kind]} {most:.6f}"


def bounds(kind, body, table):
    """A difference if no spread of the rows over persons can be as claimed. 5.8."""
    of = body["of"]
    nothing = {"", "*"} | set(of.get("unknown", ()))
    classes = values_by_class(table, of["columns"], of["sensitive"])
    if not classes:
        raise Differs("the table has no rows, so there is no class to make a claim about")
    for first, counts in sorted(classes.values(), key=lambda found: found[0]):
        m = sum(1 for value in counts if value not in nothing)
        if kind == "entropy_l_diversity":
            can_be = m >= body["l"] - ALLOWED
        elif kind == "recursive_l_diversity":
            can_be = m >= body["l"] and 1 < body["c"] * (m + 1 - body["l"])
        elif kind == "alpha_k":
            can_be = m > 0 and 1 <= (body["alpha"] + ALLOWED) * m
        else:
            limit = {"beta_likeness": "beta", "delta_disclosure": "delta"}.get(kind, "t")
            can_be = body[limit] + ALLOWED >= 0
        if not can_be:
            raise Differs(f"the class of row {first}: no persons with its {m} known values can be as claimed")


def values_by_class(table, columns, sensitive):
    """Cells of the columns -> (first row, rows by value)."""
    places, at = [table.place(column) for column in columns], table.place(sensitive)
    classes = {}
    for number, record in table.rows():
        found = classes.setdefault(tuple(record[place] for place in places), (number, Counter()))
        found[1][record[at].decode("utf-8")] += 1
    return classes


def reference(body, released):
    """(rows by value, rows of other values). 5.10."""
    wanted = body.get("reference", "released")
    if wanted == "released":
        return released, 0
    whole = wanted["input"]["values"]
    if any(whole.get(value, 0) < n for value, n in released.items()):
        raise Differs("the distribution of the input has fewer rows of some value than were released")
    return whole, wanted["input"]["others"]


def at_most(found, limit):
    if found > limit + ALLOWED:
        raise Differs(f"{found:.6f}, the claim is {limit}")
    return found


def some(known):
    if not known:
        raise Differs("no known value")
    return sum(known)


def entropy(body, counts, known, *_):
    total = some(known)
    found = -sum(n / total * math.log(n / total) for n in known)
    return at_most(math.log(body["l"]) - found, 0)


def recursive(body, counts, known, *_):
    some(known)
    l, rest = body["l"], sum(known[body["l"] - 1 :])
    if len(known) < l or not known[0] < body["c"] * rest:
        raise Differs("the most frequent value is too frequent, or there are too few")
    return known[0] / rest


def alpha(body, counts, known, *_):
    return at_most(known[0] / some(known) if known else some(known), body["alpha"])


def closeness(body, counts, known, whole, others, nothing):
    ground = body["ground"]
    if ground == "equal":
        found = equal(counts, whole, others)
    else:
        rows, total = sum(counts.values()), sum(whole.values()) + others
        excess = {value: counts.get(value, 0) / rows - n / total for value, n in whole.items()}
        found = ordered(excess, nothing) if ground == "ordered" else hierarchical(excess, ground["hierarchical"]["groups"])
    return at_most(found, body["t"])


def equal(counts, whole, others):
    rows, total = sum(counts.values()), sum(whole.values()) + others
    apart = math.fsum(abs(counts.get(value, 0) / rows - n / total) for value, n in whole.items())
    return (apart + others / total) / 2


def ordered(excess, nothing):
    steps, last, unknown = Counter(), 0.0, False
    for value, e in excess.items():
        if value in nothing:
            last, unknown = last + e, True
        elif NUMBER.match(value.strip()) and math.isfinite(float(value.strip())):
            steps[float(value.strip())] += e
        else:
            raise Differs("a value that is no number")
    sums = [steps[number] for number in sorted(steps)] + ([last] if unknown else [])
    so_far, moved = 0.0, 0.0
    for e in sums:
        so_far += e
        moved += abs(so_far)
    return moved / (max(len(sums), 2) - 1)


def hierarchical(excess, groups):
    height = max((len(path) for path in groups.values()), default=0)
    members = {}
    for value, e in excess.items():
        path = groups.get(value)
        if path is None or len(path) != height:
            raise Differs("a value that the hierarchy on the card does not have")
        # From the top: what is in one group shares the beginning.
        members[(*reversed(path), value)] = e
    cost = 0.0
    for level in range(1, height + 1):
        more, less = Counter(), Counter()
        for path, e in members.items():
            more[path[:-1]] += max(e, 0.0)
            less[path[:-1]] += max(-e, 0.0)
        cost += sum(min(more[group], less[group]) for group in more) * level / height
        members = {group: more[group] - less[group] for group in more}
    return cost + sum(max(e, 0.0) for e in members.values())


def surroundings(body, table, classes):
    wider = []
    for first in range(len(body["of"]["columns"]) + 1):
        around = {}
        for cells, (_, counts) in classes.items():
            around.setdefault(cells[:first], Counter()).update(counts)
        wider.append(around)
    for cells, (row, counts) in sorted(classes.items(), key=lambda found: found[1][0]):
        around = [wider[first][cells[:first]] for first in range(len(cells) + 1)]
        if not any(
            sum(whole.values()) >= body["n"] and equal(counts, whole, 0) <= body["t"] + ALLOWED for whole in around
        ):
            raise Differs(f"the class of row {row} is near no {body['n']} rows around it")
    return "counted again"


def frequencies(counts, whole, others):
    rows, total = sum(counts.values()), sum(whole.values()) + others
    for value, n in counts.items():
        p = whole.get(value, 0) / total
        if p <= 0:
            raise Differs("a value that the reference does not have")
        yield p, n / rows


def beta(body, counts, known, whole, others, nothing):
    most = -math.inf
    for p, q in frequencies(counts, whole, others):
        limit = min(body["beta"], -math.log(p)) if body["enhanced"] else body["beta"]
        most = max(most, at_most((q - p) / p, limit))
    return most


def delta(body, counts, known, whole, others, nothing):
    return at_most(max(abs(math.log2(q / p)) for p, q in frequencies(counts, whole, others)), body["delta"])


def by_size(kind, body, table):
    places = [table.place(column) for column in body["columns"]]
    sizes = Counter(tuple(record[place] for place in places) for _, record in table.rows())
    rows = sum(sizes.values())
    if not rows:
        raise Differs("the table has no rows, so there is no class to make a claim about")
    if kind == "average_risk":
        return f"{at_most(len(sizes) / rows, body['risk']):.6f}"
    alone = sum(1 for n in sizes.values() if n == 1)
    at_most(alone / rows, body["share"])
    return f"{alone} rows stand alone"


WORDS = {
    "entropy_l_diversity": "log l less the entropy of a class is at most",
    "recursive_l_diversity": "the most frequent over the rarer ones is at most",
    "alpha_k": "alpha =",
    "t_closeness": "t =",
    "beta_likeness": "beta =",
    "delta_disclosure": "delta =",
}
MEASURES = {
    "entropy_l_diversity": entropy,
    "recursive_l_diversity": recursive,
    "alpha_k": alpha,
    "t_closeness": closeness,
    "beta_likeness": beta,
    "delta_disclosure": delta,
}
