"""Writes markov.json: what an independent program makes of small sets of journeys.

    python -m venv /tmp/oracles && /tmp/oracles/bin/pip install -r requirements.txt
    /tmp/oracles/bin/python markov.py

ChannelAttribution 2.2.5 simulates the chain of order 1, with a fixed seed here; compare with a
tolerance of 2 % of the total. `exact` is the same chain solved as linear equations with numpy
2.4.6; compare with it to the last digits. A removed channel leads to no conversion, and what went
to it does not fall through to another. Journeys with neither conversions nor nulls are not there.
"""

import json
import os

import numpy
import pandas
from ChannelAttribution import markov_model

HERE = os.path.dirname(os.path.abspath(__file__))

# Each: the journey, its conversions, how often it ended without one.
SETS = {
    "one_channel": [
        ("x", 5, 15),
    ],
    "two_channels": [
        ("x > linkedin", 10, 40),
        ("linkedin", 6, 20),
        ("x", 2, 60),
    ],
    "three_channels": [
        ("x > email > linkedin", 12, 30),
        ("email > linkedin", 9, 25),
        ("x > linkedin", 4, 70),
        ("linkedin > email", 7, 18),
        ("email", 11, 44),
        ("x", 3, 120),
    ],
    "with_repeats": [
        ("x > x > email", 8, 12),
        ("email > x > email", 5, 9),
        ("email > email", 6, 30),
        ("x > x > x", 1, 50),
    ],
    "a_channel_that_never_converts": [
        ("x > email", 14, 40),
        ("tiktok > x", 0, 35),
        ("tiktok", 0, 80),
        ("email", 9, 21),
    ],
    "without_nulls": [
        ("x > email", 10, 0),
        ("email > linkedin", 5, 0),
        ("linkedin", 5, 0),
    ],
    "six_channels": [
        ("x > facebook > email", 21, 64),
        ("facebook > email", 13, 80),
        ("linkedin > email", 17, 39),
        ("instagram > facebook > linkedin", 6, 51),
        ("reddit > x", 2, 90),
        ("reddit", 1, 210),
        ("instagram", 4, 160),
        ("x > linkedin > x > email", 9, 14),
        ("email", 30, 75),
        ("linkedin", 12, 66),
    ],
}


def exact(journeys):
    channels = sorted({step for path, _, _ in journeys for step in path.split(" > ")})
    place = {name: at for at, name in enumerate(channels)}
    size = len(channels)
    moves = numpy.zeros((size + 1, size + 2))  # from: start, channels; to: channels, win, null
    for path, wins, nulls in journeys:
        at = 0
        for step in path.split(" > "):
            moves[at, place[step]] += wins + nulls
            at = place[step] + 1
        moves[at, size] += wins
        moves[at, size + 1] += nulls
    moves /= moves.sum(axis=1, keepdims=True)

    def wins_without(removed):
        kept = [at for at in range(size) if at != removed]
        inner = moves[[at + 1 for at in kept]][:, kept]
        out = moves[[at + 1 for at in kept], size]
        reach = numpy.linalg.solve(numpy.eye(len(kept)) - inner, out)
        return float(moves[0, kept] @ reach)

    whole = wins_without(None)
    effects = [1 - wins_without(at) / whole for at in range(size)]
    conversions = sum(wins for _, wins, _ in journeys)
    shares = [effect / sum(effects) * conversions for effect in effects]
    return {
        name: {"removal_effect": effects[at], "conversions": shares[at]}
        for name, at in place.items()
    }


def simulated(journeys):
    table = pandas.DataFrame(journeys, columns=["path", "wins", "nulls"])
    out = markov_model(
        table, "path", "wins", var_null="nulls", order=1, nsim_start=1e6, out_more=True,
        sep=">", seed=7, conv_par=0.005, verbose=False, flg_pro=False,
    )
    effects = dict(zip(out["removal_effects"].iloc[:, 0], out["removal_effects"].iloc[:, 1]))
    shares = dict(zip(out["result"].iloc[:, 0], out["result"].iloc[:, 1]))
    return {
        name: {"removal_effect": float(effects[name]), "conversions": float(shares[name])}
        for name in sorted(shares)
    }


def main():
    sets = []
    for name, journeys in SETS.items():
        sets.append({
            "name": name,
            "journeys": [
                {"path": path.split(" > "), "conversions": wins, "nulls": nulls}
                for path, wins, nulls in journeys
            ],
            "channel_attribution": simulated(journeys),
            "exact": exact(journeys),
        })
    with open(os.path.join(HERE, "markov.json"), "w", encoding="utf-8") as file:
        json.dump({"sets": sets}, file, indent=1)
        file.write("\n")
    for entry in sets:
        total = sum(journey["conversions"] for journey in entry["journeys"])
        worst = max(
            abs(entry["exact"][name]["conversions"] - found["conversions"]) / total
            for name, found in entry["channel_attribution"].items()
        )
        print(f"{entry['name']}: at most {worst:.2%} of the total apart")
        assert worst < 0.02 and entry["exact"].keys() == entry["channel_attribution"].keys()


if __name__ == "__main__":
    main()
