"""Privacy models of a card, counted again: sections 5.8 to 5.10 of docs/CARD.md.

`broken` returns a sentence about the first thing that is not as claimed, or None.
"""

import math
from collections import Counter, defaultdict

SLACK = 1e-9


def broken(kind, body, table):
    if kind in ("average_risk", "sample_uniques"):
        return sizes(kind, body, table)
    of = body["of"]
    places = [table.place(column) for column in of["columns"]]
    other = table.place(of["sensitive"])
    classes, first = defaultdict(Counter), {}
    for number, record in table.rows():
        key = tuple(record[place] for place in places)
        classes[key][record[other].decode("utf-8")] += 1
        first.setdefault(key, number)
    released = sum(classes.values(), Counter())
    unknown = {"", "*", *of.get("unknown", [])}
    around = None
    if kind == "n_t_closeness":
        around = [defaultdict(Counter) for _ in range(len(places) + 1)]
        for key, counts in classes.items():
            for j in range(len(places) + 1):
                around[j][key[:j]] += counts
    whole, others = None, 0
    if "reference" in body:
        whole, others = released, 0
        if body["reference"] != "released":
            whole, others = Counter(body["reference"]["input"]["values"]), body["reference"]["input"]["others"]
            if any(released[value] > whole[value] for value in released):
                return "the input is said to have fewer rows of some value than were released"
    for key, counts in classes.items():
        known = sorted((n for value, n in counts.items() if value not in unknown), reverse=True)
        if kind == "n_t_closeness":
            near = (around[j][key[:j]] for j in range(len(places) + 1))
            holds = any(
                sum(rows.values()) >= body["n"] and equal(counts, rows, 0) <= body["t"] + SLACK for rows in near
            )
        else:
            holds = CHECKS[kind](body, counts, known, whole, others, unknown)
        if not holds:
            return f"the class of row {first[key]} breaks it"
    return None


def entropy(body, counts, known, whole, others, unknown):
    n = sum(known)
    return n > 0 and -sum(k / n * math.log(k / n) for k in known) >= math.log(body["l"]) - SLACK


def recursive(body, counts, known, whole, others, unknown):
    return len(known) >= body["l"] and known[0] < body["c"] * sum(known[max(body["l"], 1) - 1 :])


def alpha(body, counts, known, whole, others, unknown):
    return sum(known) > 0 and known[0] / sum(known) <= body["alpha"] + SLACK


def frequencies(counts, whole, others):
    rows, all_rows = sum(counts.values()), sum(whole.values()) + others
    return [(n / rows, whole[value] / all_rows) for value, n in counts.items()]


def beta(body, counts, known, whole, others, unknown):
    def limit(p):
        return min(body["beta"], -math.log(p)) if body["enhanced"] else body["beta"]

    return all((q - p) / p <= limit(p) + SLACK for q, p in frequencies(counts, whole, others))


def disclosure(body, counts, known, whole, others, unknown):
    return all(abs(math.log2(q / p)) <= body["delta"] + SLACK for q, p in frequencies(counts, whole, others))


def equal(counts, whole, others):
    rows, all_rows = sum(counts.values()), sum(whole.values()) + others
    apart = sum(abs(counts[value] / rows - n / all_rows) for value, n in whole.items())
    return (apart + others / all_rows) / 2


def closeness(body, counts, known, whole, others, unknown):
    rows, all_rows = sum(counts.values()), sum(whole.values()) + others
    ground = body["ground"]
    if ground == "equal":
        return equal(counts, whole, others) <= body["t"] + SLACK
    excess = {value: counts[value] / rows - n / all_rows for value, n in whole.items()}
    if ground == "ordered":
        steps, rest = defaultdict(float), []
        for value, more in excess.items():
            if value in unknown:
                rest.append(more)
                continue
            try:
                steps[float(value)] += more
            except ValueError:
                return False
        differences = [steps[number] for number in sorted(steps)] + ([sum(rest)] if rest else [])
        so_far = moved = 0.0
        for difference in differences:
            so_far += difference
            moved += abs(so_far)
        return moved / max(len(differences) - 1, 1) <= body["t"] + SLACK
    groups = ground["hierarchical"]["groups"]
    heights = {len(groups[value]) for value in excess if value in groups}
    if len(heights) != 1 or any(value not in groups for value in excess):
        return False
    (height,) = heights
    # What each part has too much, named by its groups from the top down.
    parts = {(*reversed(groups[value]), value): more for value, more in excess.items()}
    cost = 0.0
    for level in range(1, height + 1):
        more, less = defaultdict(float), defaultdict(float)
        for part, difference in parts.items():
            more[part[:-1]] += max(difference, 0.0)
            less[part[:-1]] += max(-difference, 0.0)
        cost += sum(min(more[group], less[group]) for group in more) * level / height
        parts = {group: more[group] - less[group] for group in more}
    return cost + sum(max(difference, 0.0) for difference in parts.values()) <= body["t"] + SLACK


CHECKS = {
    "entropy_l_diversity": entropy,
    "recursive_l_diversity": recursive,
    "alpha_k": alpha,
    "beta_likeness": beta,
    "delta_disclosure": disclosure,
    "t_closeness": closeness,
}


def sizes(kind, body, table):
    places = [table.place(column) for column in body["columns"]]
    classes = Counter(tuple(record[place] for place in places) for _, record in table.rows())
    rows = sum(classes.values())
    if kind == "average_risk":
        found, limit = len(classes), body["risk"]
    else:
        found, limit = sum(n == 1 for n in classes.values()), body["share"]
    if rows and found / rows > limit + SLACK:
        return f"{found} of {rows} where at most a share of {limit} is claimed"
    return None
