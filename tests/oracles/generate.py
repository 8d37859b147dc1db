"""Writes the numbers that the tests of src/campaign_report/doubt compare with.

    python -m venv /tmp/oracles && /tmp/oracles/bin/pip install -r requirements.txt
    /tmp/oracles/bin/python generate.py

Made by scipy 1.17.1, numpy 2.4.6, statsmodels 0.15.0, lifelines 0.30.3 and bayesian-testing 0.10.0.
A second run writes the same bytes. What a library has is asked of the library; what none has is
integrated here by brute force, on a finer grid than the service can afford and by another way.
"""

import json
import math
import os

import numpy as np
import pandas as pd
from bayesian_testing.metrics import eval_bernoulli_agg, eval_poisson_agg
from lifelines import KaplanMeierFitter
from scipy import integrate, optimize, special, stats
from statsmodels.stats.proportion import proportion_confint, samplesize_proportions_2indep_onetail

HERE = os.path.dirname(os.path.abspath(__file__))
Z = stats.norm.ppf(0.975)


def write(name, value):
    def plain(thing):
        if isinstance(thing, dict):
            return {key: plain(entry) for key, entry in thing.items()}
        if isinstance(thing, (list, tuple, np.ndarray)):
            return [plain(entry) for entry in thing]
        if isinstance(thing, (float, np.floating)):
            return None if math.isnan(thing) else float(f"{thing:.12g}")
        return int(thing) if isinstance(thing, np.integer) else thing

    with open(os.path.join(HERE, name + ".json"), "w", encoding="utf-8") as file:
        json.dump(plain(value), file, indent=1)
        file.write("\n")


# --- rates of rows that learn from each other -------------------------------------------------

def hierarchical(rows):
    """Mean, standard deviation and 95 % bounds of each row's rate, given all rows.

    Rates come from a Beta of unknown mean and strength. The mean has Jeffreys' prior, the amount
    of shrinkage of the row of median size a uniform one; the Beta holds at least half a success
    and half a failure. Integrated on a grid over both.
    """
    counted = [(hits, people) for hits, people in rows if people > 0]
    typical = sorted(people for _, people in counted)[len(counted) // 2]
    shrinkage = (np.arange(1200) + 0.5) / 1200
    strength = (typical * shrinkage / (1 - shrinkage))[:, None]
    mean = special.expit(np.linspace(-16, 5, 1500))[None, :]
    alpha, beta = mean * strength, (1 - mean) * strength
    log = 0.5 * np.log(mean) + 0.5 * np.log1p(-mean)  # Jeffreys, on the scale of log odds
    for hits, people in counted:
        log = log + special.betaln(alpha + hits, beta + people - hits) - special.betaln(alpha, beta)
    log = np.where(np.minimum(alpha, beta) >= 0.5, log, -np.inf)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    keep = weight > 1e-9
    weight, alpha, beta = weight[keep] / weight[keep].sum(), alpha[keep], beta[keep]
    found = []
    for hits, people in rows:
        a, b = alpha + hits, beta + people - hits
        each = a / (a + b)
        centre = (weight * each).sum()
        spread = (weight * (each * (1 - each) / (a + b + 1) + (each - centre) ** 2)).sum()

        def bound(share):
            return optimize.brentq(
                lambda rate: (weight * special.betainc(a, b, rate)).sum() - share, 1e-12, 1 - 1e-12,
                xtol=1e-7)

        found.append({"mean": centre, "sd": math.sqrt(spread), "low": bound(0.025),
                      "high": bound(0.975)})
    return found


def rate():
    betas = [(4, 38), (22, 515), (13, 389), (0.5, 40.5), (0.02, 3), (3, 0.4), (1, 1),
             (2500.5, 81000.25), (1e6, 2e7)]
    campaigns = [
        [(12, 400), (21, 535)],
        [(12, 400)],
        [(30, 1000), (30, 1000), (30, 1000), (30, 1000), (30, 1000), (1, 5)],
        [(5, 1000), (100, 1000), (30, 1000)],
        [(1, 40), (3, 50), (0, 30), (9, 200)],
        [(50, 1000), (0, 1000), (0, 800), (1, 900)],
        [(3.4, 60), (0, 12), (120.25, 2500), (44, 1300), (2, 9), (0, 0)],
        [(10, 400), (40, 500)],
    ]
    write("empirical_bayes", {
        "betas": [{"alpha": a, "beta": b, "mean": stats.beta.mean(a, b),
                   "low": stats.beta.ppf(0.025, a, b), "high": stats.beta.ppf(0.975, a, b)}
                  for a, b in betas],
        "campaigns": [{"rows": rows, "posteriors": hierarchical(rows)} for rows in campaigns],
    })


# --- which row is the best ---------------------------------------------------------------------

def largest(dists, grid):
    """P(each is the largest) and the expected largest, by Simpson's rule on a very fine grid."""
    below = [dist.cdf(grid) for dist in dists]
    chances = []
    for at, dist in enumerate(dists):
        others = np.prod([c for other, c in enumerate(below) if other != at], axis=0) \
            if len(dists) > 1 else np.ones_like(grid)
        # Over the probability scale of the row itself, so that no density has to be finite.
        chances.append(integrate.trapezoid(others, below[at]))
    top = grid[0] + integrate.trapezoid(1 - np.prod(below, axis=0), grid)
    losses = [top - dist.mean() for dist in dists]
    return chances, losses


def closed_form(first, second):
    """P(second > first) for whole parameters of the second, summed term by term."""
    (a1, b1), (a2, b2) = first, second
    return sum(
        math.exp(special.betaln(a1 + i, b1 + b2) - math.log(b2 + i) - special.betaln(1 + i, b2)
                 - special.betaln(a1, b1))
        for i in range(a2))


def best():
    cases = [
        [(13, 389), (22, 515)],
        [(1, 1), (1, 1), (1, 1)],
        [(0.5, 40.5), (0.5, 80.5), (1.5, 30.5)],
        [(0.02, 4), (0.03, 9), (0.02, 5)],
        [(301, 9701), (330, 9672), (2, 30)],
        [(30001, 970001), (30201, 969801), (3, 100), (1, 60)],
        [(3 + i, 120 + 11 * (i % 5)) for i in range(12)],
        [(20 + (7 * i) % 13, 900 + (31 * i) % 171) for i in range(60)],
        [(40, 3), (60, 5), (11, 0.8)],
    ]
    found = []
    for rows in cases:
        dists = [stats.beta(a, b) for a, b in rows]
        grid = np.unique(np.concatenate(
            [[0.0], np.geomspace(1e-300, 1e-6, 200_000), np.linspace(1e-6, 1, 1_000_001)]
            + [dist.ppf(np.linspace(1e-9, 1 - 1e-9, 100_001)) for dist in dists[:4]]))
        chances, losses = largest(dists, grid)
        found.append({"rows": rows, "probability": chances, "loss": losses})
    chances, losses, _ = eval_bernoulli_agg(
        [400, 535, 60, 900], [12, 21, 4, 30], [1] * 4, [1] * 4, sim_count=2_000_000, seed=3)
    sizes = []
    for one, two in [(0.03, 0.04), (0.01, 0.02), (0.05, 0.0501), (0.2, 0.5), (0.031, 0.029)]:
        sizes.append({
            "rates": [one, two],
            "sample_size": samplesize_proportions_2indep_onetail(
                one - two, two, 0.8, alpha=0.05, alternative="two-sided"),
        })
    write("best_row", {
        "cases": found,
        "closed_form": {"rows": [(13, 389), (22, 515)],
                        "second_is_best": closed_form((13, 389), (22, 515))},
        "bayesian_testing": {"rows": [(13, 389), (22, 515), (5, 57), (31, 871)],
                             "probability": chances, "loss": losses},
        "sizes": sizes,
    })


# --- money for each visitor --------------------------------------------------------------------

def money():
    rng = np.random.default_rng(11)
    cases = []
    for paying, visitors in [(25, 600), (120, 4000), (60, 90), (400, 30000)]:
        amounts = np.round(np.exp(rng.normal(8, 0.9, paying))).astype(int)
        amounts[:: 17] = -amounts[:: 17] // 2  # refunds
        everyone = np.zeros(visitors)
        everyone[:paying] = amounts
        interval = stats.bootstrap(
            (everyone,), np.mean, n_resamples=100_000, batch=500, method="percentile",
            confidence_level=0.95, rng=np.random.default_rng(5)).confidence_interval
        cases.append({"amounts": amounts, "visitors": visitors, "mean": everyone.mean(),
                      "low": interval.low, "high": interval.high})
    write("bootstrap", {"cases": cases})


# --- how much of the leads has come ------------------------------------------------------------

def maturity():
    rng = np.random.default_rng(4)
    hour = 3_600_000
    cases = []
    for clicks, rate, span in [(3000, 0.03, 30 * 24), (900, 0.2, 10 * 24), (4000, 0.05, 200)]:
        age = np.sort(rng.integers(1, span, clicks)) * hour
        lag = np.where(rng.random(clicks) < rate,
                       np.ceil(rng.exponential(40, clicks)) * hour, np.inf)
        came = lag <= age
        events = pd.Series(lag[came]).value_counts().sort_index()
        waiting = pd.Series(age[~came]).value_counts().sort_index()
        fit = KaplanMeierFitter().fit(
            np.concatenate([events.index, waiting.index]),
            np.concatenate([np.ones(len(events)), np.zeros(len(waiting))]),
            weights=np.concatenate([events.to_numpy(), waiting.to_numpy()]))
        asked = [hour * h for h in (1, 3, 10, 24, 40, 80, 150)]
        cases.append({
            "events": [(int(at), int(n)) for at, n in events.items()],
            "waiting": [(int(at), int(n)) for at, n in waiting.items()],
            "converted_by": [(at, 1 - float(fit.predict(at))) for at in asked],
        })
    write("maturity", {"cases": cases})


# --- does one measure go with another ----------------------------------------------------------

def rank():
    rng = np.random.default_rng(8)
    pairs = [
        [(1, 2), (2, 1), (3, 4), (4, 3), (5, 5)],
        [(10, 0), (250, 3), (90, 1), (90, 1), (400, 0), (12, 2), (60, 5), (7, 1)],
        [(float(x), float(x + rng.normal(0, 8))) for x in range(30)],
        [(float(rng.integers(0, 5)), float(rng.integers(0, 4))) for _ in range(40)],
    ]
    cases = []
    for sample in pairs:
        rho = stats.spearmanr([x for x, _ in sample], [y for _, y in sample]).statistic
        # Bonett and Wright (2000): the spread of Fisher's z for Spearman's rho.
        spread = math.sqrt((1 + rho ** 2 / 2) / (len(sample) - 3))
        cases.append({"pairs": sample, "rho": rho,
                      "low": math.tanh(math.atanh(rho) - Z * spread),
                      "high": math.tanh(math.atanh(rho) + Z * spread)})
    write("spearman", {"cases": cases})


# --- more than expected? -----------------------------------------------------------------------

def ranges(dist):
    return {"likely": [int(dist.ppf(0.1)), int(dist.ppf(0.9))],
            "almost_certain": [int(dist.ppf(0.025)), int(dist.ppf(0.975))]}


def predictive():
    learnt = []
    for periods, exposure, observed in [
        ([(7, 1), (9, 1), (8, 1), (8, 1)], 1, 14),
        ([(7, 1), (9, 1), (8, 1), (8, 1)], 3.5, 20),
        ([(2, 1), (19, 1), (6, 1), (31, 1), (4, 1), (12, 1)], 1, 30),
        ([(40, 2.5), (22, 1), (61, 3), (18, 1.5), (25, 1)], 2, 55),
        ([(0, 1), (0, 1), (0, 1), (1, 1)], 1, 0),
        ([(1200, 7), (1310, 7), (1150, 7), (1289, 7), (1243, 7)], 7, 1500),
    ]:
        counts = np.array([count for count, _ in periods], float)
        lengths = np.array([length for _, length in periods], float)
        fitted = counts.sum() / lengths.sum() * lengths
        dispersion = ((counts - fitted) ** 2 / fitted).sum() / (len(periods) - 1)
        spread = max(1.0, dispersion)
        mean = (counts.sum() + 0.5) / lengths.sum() * exposure
        success = 1 / (spread * (1 + exposure / lengths.sum()))
        dist = stats.nbinom(mean * success / (1 - success), success)
        # Clopper and Pearson on the share of the counts that fell into the period asked.
        low, high = proportion_confint(observed / spread, (observed + counts.sum()) / spread,
                                       alpha=0.05, method="beta") \
            if observed + counts.sum() > 0 else (0.0, 1.0)
        low, high = (0.0 if observed == 0 else low), (1.0 if counts.sum() == 0 else high)
        scale = lengths.sum() / exposure
        learnt.append({
            "periods": periods, "exposure": exposure, "observed": observed,
            "dispersion": dispersion, "expected": mean, **ranges(dist),
            "at_least": dist.sf(observed - 1), "variance": dist.var(),
            "lift": [low / (1 - low) * scale - 1, high / (1 - high) * scale - 1],
        })
    write("predictive", {"learnt": learnt})


# --- what to do next ---------------------------------------------------------------------------

def thompson():
    cases = []
    for options in [
        [(12.5, 5), (9.5, 3), (2.5, 1)],
        [(0.5, 1), (0.5, 4), (3.5, 6)],
        [(400.5, 40), (90.5, 8.5), (11, 0.9), (3.5, 1)],
    ]:
        dists = [stats.gamma(shape, scale=1 / rate) for shape, rate in options]
        grid = np.unique(np.concatenate(
            [np.linspace(0, max(dist.ppf(1 - 1e-12) for dist in dists), 1_000_001)]
            + [dist.ppf(np.linspace(1e-9, 1 - 1e-9, 200_001)) for dist in dists]))
        chances, _ = largest(dists, grid)
        simulated, _, _ = eval_poisson_agg(
            [0] * len(options), [0] * len(options), [shape for shape, _ in options],
            [rate for _, rate in options], sim_count=1_000_000, seed=2)
        cases.append({
            "options": options, "probability": chances, "bayesian_testing": simulated,
            "mean": [dist.mean() for dist in dists],
            "low": [dist.ppf(0.025) for dist in dists],
            "high": [dist.ppf(0.975) for dist in dists],
        })
    write("thompson", {"cases": cases})


if __name__ == "__main__":
    for oracle in (rate, best, money, maturity, rank, predictive, thompson):
        oracle()
        print(oracle.__name__, "written")
