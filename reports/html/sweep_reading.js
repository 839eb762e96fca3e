/* ---------------------------------------------------------------- what a sweep says, in words */

function countOf(number, word) {
    return number.toLocaleString("en") + " " + word + (number === 1 ? "" : "s");
}

/* "50 to 3200 GB/s". */
function fromTo(axis) {
    return plain(Number(axis.values[0])) + " to " + plain(Number(axis.values[axis.values.length - 1])) +
        (axis.unit ? " " + axis.unit : "");
}

/* "memory.dram.bandwidth (7 values from 50 to 3200 GB/s)". */
function axisWords(axis) {
    var values = axis.values;
    return axis.title + " (" + (axis.numeric
        ? values.length.toLocaleString("en") + " values from " + fromTo(axis)
        : values.length <= 4 ? values.map(function (text, index) { return valueText(axis, index); }).join(", ")
                             : values.length + " values") + ")";
}

function sizeSentence() {
    var failed = errorOf.size;
    return countOf(POINTS, "point") + " over " + variedAxes.map(axisWords).join(", ") + "." +
        (failed ? " " + countOf(failed, "point") + " failed: see the table of points." : "");
}

/* The best point of a metric among some. */
function bestPoint(points, metric) {
    return points.reduce(function (best, point) {
        return best === null || better(metric, metric.values[point], metric.values[best]) ? point : best;
    }, null);
}

function bestSentence(points, work) {
    var parts = [["latency_s", "the least latency is"], ["throughput_per_s", "the highest throughput"],
                 ["energy_each_j", "the least energy an item"]].map(function (each) {
        var metric = metricOf(each[0]);
        if (!metric) {
            return null;
        }
        /* What is the same for all has no best. */
        var values = points.map(function (point) { return metric.values[point]; });
        if (points.length > 1 && greatest(values) - least(values) <= 1e-3 * Math.abs(greatest(values))) {
            return null;
        }
        var best = bestPoint(points, metric);
        return metric.values[best] === 0 ? null
            : each[1] + " " + shown(metric.values[best], metric) + " (" + pointName(best, ["network", "mode"]) + ")";
    }).filter(Boolean);
    return parts.length > 0 ? "For " + work + " " + parts.join("; ") + "." : "";
}

/* By what factor a metric changes from one end of a numeric axis to the other, all else equal: the geometric mean over
 * every pair of points that differ in nothing else, and its extremes. */
function effectOf(axis, metric) {
    var lines = new Map(), others = variedAxes.filter(function (each) { return each !== axis; });
    allPoints().forEach(function (point) {
        if (metric.values[point] > 0) {
            var key = others.map(function (each) { return each.at[point]; }).join(" ");
            var line = lines.get(key) || {low: point, high: point};
            line.low = axis.at[point] < axis.at[line.low] ? point : line.low;
            line.high = axis.at[point] > axis.at[line.high] ? point : line.high;
            lines.set(key, line);
        }
    });
    var logs = Array.from(lines.values()).filter(function (line) {
        return axis.at[line.low] === 0 && axis.at[line.high] === axis.values.length - 1;
    }).map(function (line) { return Math.log(metric.values[line.high] / metric.values[line.low]); });
    return logs.length === 0 ? null : {
        mean: Math.exp(logs.reduce(function (a, b) { return a + b; }, 0) / logs.length),
        least: Math.exp(least(logs)), most: Math.exp(greatest(logs))
    };
}

/* "latency becomes 3.2 times what it was (1.1 to 9 times in single cases)". */
function effectWords(title, effect) {
    if (Math.abs(effect.least - 1) < 0.005 && Math.abs(effect.most - 1) < 0.005) {
        return title + " stays what it was";
    }
    return title + " becomes " + effect.mean.toPrecision(3) + " times what it was" + (effect.most / effect.least > 1.01
        ? " (" + effect.least.toPrecision(3) + " to " + effect.most.toPrecision(3) + " times in single cases)" : "");
}

function effectSentence(axis) {
    var said = ["latency_s", "energy_each_j"].map(metricOf).filter(Boolean).map(function (metric) {
        var effect = effectOf(axis, metric);
        return effect && effectWords(metric.title, effect);
    }).filter(Boolean);
    return said.length === 0 ? null
        : "Over " + axis.title + " from " + fromTo(axis) + ", all else equal: " + said.join("; ") + ".";
}

/* Works are a network and a mode; each is told by itself. */
var MOST_WORKS = 6;

function works() {
    var groups = new Map();
    allPoints().forEach(function (point) {
        if (metrics.length > 0 && !errorOf.has(point)) {
            var name = allAxes.filter(function (axis) {
                return axis.key === "network" || (axis.key === "mode" && axis.values.length > 1);
            }).map(function (axis) { return valueText(axis, axis.at[point]); }).join(", ");
            if (!groups.has(name)) {
                groups.set(name, []);
            }
            groups.get(name).push(point);
        }
    });
    return groups;
}

function sweepSentences() {
    var sentences = [sizeSentence()], groups = works();
    Array.from(groups.keys()).slice(0, MOST_WORKS).forEach(function (work) {
        sentences.push(bestSentence(groups.get(work), work));
    });
    if (groups.size > MOST_WORKS) {
        sentences.push("The other " + (groups.size - MOST_WORKS) + " networks are in the charts and the table.");
    }
    var effects = variedAxes.filter(function (axis) { return axis.numeric; }).map(effectSentence);
    return sentences.concat(effects).filter(Boolean);
}
