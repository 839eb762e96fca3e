/* ---------------------------------------------------------------- columns of tables */

function number(title, unit, get, show, best) {
    return {title: title, unit: unit, get: get, number: true, best: best,
            show: show || function (value) { return si(value, unit); }};
}

function text(title, get) {
    return {title: title, get: get};
}

/* Of what was measured with --numerics. */
function noise(title, get) {
    return number(title, "dB", function (each) {
        var numerics = get(each);
        return numerics ? numerics.sqnr_db : null;
    }, function (value) { return value.toFixed(1) + " dB"; });
}

/* What tells a design from the others is in its name. */
function summaryColumns() {
    var training = results.some(function (r) { return r.workload.mode === "training"; });
    /* What only some results have: other rows show none. */
    var some = [["first token", "time_to_first_token_s"], ["a token", "time_per_token_s"]].filter(function (each) {
        return results.some(function (r) { return r[each[1]] !== undefined; });
    }).map(function (each) {
        return number(each[0], "s", function (i) { return results[i][each[1]] || 0; },
                      function (value) { return value ? si(value, "s") : "\u2013"; });
    });
    if (results.some(function (r) { return r.numerics; })) {
        some.push(noise("signal/noise", function (i) { return results[i].numerics; }));
    }
    return [{title: "design", head: true, get: function (i) { return names[i]; }}].concat([
        text("precision", function (i) { return results[i].workload.precision; }),
        number("latency", "s", function (i) { return results[i].latency_s; }, null, Math.min)
    ], some, [
        number("throughput", "/s", function (i) { return results[i].throughput_per_s; }, null, Math.max),
        number("TFLOPS", "", function (i) { return results[i].tflops; }, plain, Math.max),
        number("of peak", "", function (i) { return results[i].utilization; }, percent, Math.max),
        number(training ? "energy/sample" : "energy/inference", "J", function (i) { return energyEach(results[i]); },
               null, Math.min),
        number("power", "W", function (i) { return results[i].average_power_w; }),
        number("TOPS/W", "", function (i) { return results[i].tops_per_w; }, plain, Math.max),
        text("bound by", function (i) { return results[i].bound; })
    ]);
}

var MEMORY_COLUMNS = [
    {title: "level", head: true, get: function (m) { return m.level; }},
    number("reads", "", function (m) { return m.reads; }),
    number("writes", "", function (m) { return m.writes; }),
    number("read", "B", function (m) { return m.read_bytes; }),
    number("written", "B", function (m) { return m.write_bytes; }),
    number("hits", "", function (m) { return m.hit_rate; }, percent),
    number("energy/access", "pJ", function (m) { return m.energy_per_access_pj; },
           function (value) { return si(value * 1e-12, "J"); }),
    number("energy", "J", function (m) { return m.energy_j; }),
    number("achieved", "GB/s", function (m) { return m.achieved_gbps; },
           function (value) { return si(value * 1e9, "B/s"); })
];

/* Of a product: what multiplies nothing has an empty cell, not a zero. */
function ofProducts(show) {
    return function (value) { return value > 0 ? show(value) : ""; };
}

var LAYER_COLUMNS = [
    {title: "#", number: true, get: function (l) { return l.index; }},
    {title: "layer", head: true, get: function (l) { return l.name; }},
    text("op", function (l) { return l.op; }),
    text("algorithm", function (l) { return l.algorithm; }),
    text("ran on", function (l) { return l.ran_on; }),
    number("m", "", function (l) { return l.m; }, ofProducts(String)),
    number("n", "", function (l) { return l.n; }, ofProducts(String)),
    number("k", "", function (l) { return l.k; }, ofProducts(String)),
    number("time", "s", function (l) { return l.latency_s; }),
    number("share", "", function (l) { return l.share; }, percent),
    number("TFLOPS", "", function (l) { return l.tflops; }, ofProducts(plain)),
    number("of peak", "", function (l) { return l.utilization; }, ofProducts(percent)),
    text("bound", function (l) { return l.bound; }),
    number("DRAM read", "B", function (l) { return l.dram_read_bytes; }),
    number("DRAM written", "B", function (l) { return l.dram_write_bytes; }),
    number("energy", "J", function (l) { return l.energy_j.total; })
];

if (results.some(function (r) { return r.numerics; })) {
    LAYER_COLUMNS.push(noise("signal/noise", function (l) { return l.numerics; }));
}

var PROVENANCE_COLUMNS = [
    {title: "design", head: true, get: function (i) { return names[i]; }},
    {title: "machine", long: true, get: function (i) { return results[i].arch.description; }},
    text("version", function (i) { return results[i].provenance.version; }),
    number("seed", "", function (i) { return results[i].provenance.seed; }, String),
    text("machine's hash", function (i) { return results[i].provenance.arch_hash; }),
    text("network's hash", function (i) { return results[i].provenance.workload_hash; }),
    {title: "options", long: true, get: function (i) { return results[i].provenance.options || "none"; }}
];

/* What transforms did, and what the machine makes of them. */
if (results.some(function (r) { return r.notes; })) {
    PROVENANCE_COLUMNS.push({title: "notes", long: true, get: function (i) {
        return (results[i].notes || []).join("; ");
    }});
}

/* Paper has room for these. */
var PRINTED_METRICS = ["latency_s", "throughput_per_s", "energy_each_j", "average_power_w", "tflops"];

/* A column each axis that varies and each metric, of points. */
function pointColumns() {
    var front = frontPoints();
    var columns = [{title: "#", number: true, falls: true, get: function (p) { return p + 1; }}];
    variedAxes.forEach(function (axis) {
        columns.push({title: titled(axis), number: axis.numeric, falls: true, get: function (p) {
            return axis.numeric ? Number(axis.values[axis.at[p]]) : valueText(axis, axis.at[p]);
        }});
    });
    metrics.forEach(function (metric) {
        columns.push({title: metric.title, unit: metric.unit, number: true, falls: metric.best === "min",
                      minor: PRINTED_METRICS.indexOf(metric.key) < 0, get: function (p) { return metric.values[p]; },
                      show: function (value) { return shown(value, metric); }});
    });
    columns.push(text("bound by", function (p) { return valueText(boundOf, boundOf.at[p]); }));
    if (front.size > 0) {
        columns.push(text("front", function (p) { return front.has(p) ? "yes" : ""; }));
    }
    if (errorOf.size > 0) {
        columns.push({title: "error", long: true, get: function (p) { return errorOf.has(p) ? errorOf.get(p) : ""; }});
    }
    return columns;
}

/* Points that none of the same work beats on latency and energy. */
function frontPoints() {
    var latency = metricOf("latency_s"), energy = metricOf("energy_each_j"), front = new Set();
    if (latency && energy) {
        works().forEach(function (list) {
            frontOf(list, latency, energy).forEach(function (point) { front.add(point); });
        });
    }
    return front;
}

var ERROR_COLUMNS = [
    {title: "machine", head: true, get: function (e) { return e.arch; }},
    text("table", function (e) { return e.table.replace(/\.csv$/, ""); }),
    text("of", function (e) { return e.of; }),
    number("rows", "", function (e) { return e.rows; }, String),
    number("failed", "", function (e) { return e.failed; }, String),
    number("mean error", "%", function (e) { return e.mape; }, ofHundred),
    number("median", "%", function (e) { return e.median_ape; }, ofHundred),
    number("90th percentile", "%", function (e) { return e.p90_ape; }, ofHundred),
    number("bias", "%", function (e) { return e.bias; },
           function (value) { return (value > 0 ? "+" : "") + ofHundred(value); })
];

function ofHundred(value) {
    return value.toFixed(1) + " %";
}
