/* ---------------------------------------------------------------- tables */

/* A column: {title, unit, get(row) -> value, show(value) -> text, number, head, long}. Each cell keeps
 * its value unrounded in data-value. */
function cellOf(column, row, best) {
    var value = column.get(row);
    var text = column.show ? column.show(value) : String(value);
    var classes = [column.number ? "number" : "", column.long ? "long" : "", best ? "best" : ""].join(" ").trim();
    var attributes = {"data-value": value, "class": classes || undefined};
    if (column.number) {
        attributes.title = String(value) + (column.unit ? " " + column.unit : "");
    }
    if (column.head) {
        attributes.scope = "row";
    }
    return element(column.head ? "th" : "td", attributes, text);
}

function headingOf(column, content) {
    var inside = [content];
    return element("th", {scope: "col", "class": column.number ? "number" : undefined}, inside);
}

/* The least (or greatest) of a column is marked when there is something to compare. */
function bestOf(column, rows) {
    if (!column.best || rows.length < 2) {
        return null;
    }
    return column.best.apply(null, rows.map(column.get));
}

function fillTable(table, columns, rows, caption) {
    var head = element("tr", {}, columns.map(function (column) { return headingOf(column, column.title); }));
    var bests = columns.map(function (column) { return bestOf(column, rows); });
    var body = rows.map(function (row) {
        return element("tr", {}, columns.map(function (column, c) {
            return cellOf(column, row, bests[c] !== null && column.get(row) === bests[c]);
        }));
    });
    table.replaceChildren(element("caption", {hidden: ""}, caption), element("thead", {}, head),
                          element("tbody", {}, body));
}

/* Sorting is by value, and stable: equal rows stay as they were. */
function compareValues(a, b) {
    if (typeof a === "number") {
        return a - b;
    }
    return a < b ? -1 : a > b ? 1 : 0;
}

/* A table whose headings are buttons that sort it. Returns {show(rows)}. */
function sortableTable(table, columns, caption) {
    var sorted = {column: null, direction: 1}, shown = [];
    var headings = columns.map(function (column) {
        var button = element("button", {type: "button"}, column.title);
        button.addEventListener("click", function () {
            /* Numbers begin with the greatest: that is what one looks for. */
            var first = column.number ? -1 : 1;
            sorted = sorted.column === column ? {column: column, direction: -sorted.direction}
                                              : {column: column, direction: first};
            draw();
        });
        return headingOf(column, button);
    });
    var body = element("tbody");
    table.replaceChildren(element("caption", {hidden: ""}, caption),
                          element("thead", {}, element("tr", {}, headings)), body);

    function draw() {
        var rows = shown.slice();
        if (sorted.column) {
            rows.sort(function (a, b) {
                return sorted.direction * compareValues(sorted.column.get(a), sorted.column.get(b));
            });
        }
        columns.forEach(function (column, c) {
            if (sorted.column === column) {
                headings[c].setAttribute("aria-sort", sorted.direction > 0 ? "ascending" : "descending");
            } else {
                headings[c].removeAttribute("aria-sort");
            }
        });
        body.replaceChildren.apply(body, rows.map(function (row) {
            return element("tr", {}, columns.map(function (column) { return cellOf(column, row, false); }));
        }));
    }
    return {show: function (rows) { shown = rows; draw(); }};
}

/* ---------------------------------------------------------------- their columns */

function number(title, unit, get, show, best) {
    return {title: title, unit: unit, get: get, number: true, best: best,
            show: show || function (value) { return si(value, unit); }};
}

function text(title, get) {
    return {title: title, get: get};
}

/* Columns that say the same of every result are left to the page's subtitle. */
function summaryColumns() {
    function differs(get) {
        return results.some(function (r) { return get(r) !== get(results[0]); });
    }
    var subject = [];
    if (differs(function (r) { return r.workload.name; })) {
        subject.push(text("workload", function (i) { return results[i].workload.name; }));
    }
    if (differs(function (r) { return r.workload.batch; })) {
        subject.push({title: "batch", number: true, get: function (i) { return results[i].workload.batch; }});
    }
    if (differs(function (r) { return r.workload.mode; })) {
        subject.push(text("mode", function (i) { return results[i].workload.mode; }));
    }
    var training = results.some(function (r) { return r.workload.mode === "training"; });
    /* What only some results have: other rows show none. */
    var some = [["first token", "time_to_first_token_s"], ["a token", "time_per_token_s"]].filter(function (each) {
        return results.some(function (r) { return r[each[1]] !== undefined; });
    }).map(function (each) {
        return number(each[0], "s", function (i) { return results[i][each[1]] || 0; },
                      function (value) { return value ? si(value, "s") : "\u2013"; });
    });
    return [{title: "design", head: true, get: function (i) { return names[i]; }}].concat(subject, [
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

var LAYER_COLUMNS = [
    {title: "#", number: true, get: function (l) { return l.index; }},
    {title: "layer", head: true, get: function (l) { return l.name; }},
    text("op", function (l) { return l.op; }),
    text("algorithm", function (l) { return l.algorithm; }),
    text("ran on", function (l) { return l.ran_on; }),
    number("m", "", function (l) { return l.m; }, String),
    number("n", "", function (l) { return l.n; }, String),
    number("k", "", function (l) { return l.k; }, String),
    number("time", "s", function (l) { return l.latency_s; }),
    number("share", "", function (l) { return l.share; }, percent),
    number("TFLOPS", "", function (l) { return l.tflops; }, plain),
    number("of peak", "", function (l) { return l.utilization; }, percent),
    text("bound", function (l) { return l.bound; }),
    number("DRAM read", "B", function (l) { return l.dram_read_bytes; }),
    number("DRAM written", "B", function (l) { return l.dram_write_bytes; }),
    number("energy", "J", function (l) { return l.energy_j.total; })
];

var PROVENANCE_COLUMNS = [
    {title: "design", head: true, get: function (i) { return names[i]; }},
    {title: "machine", long: true, get: function (i) { return results[i].arch.description; }},
    text("version", function (i) { return results[i].provenance.version; }),
    number("seed", "", function (i) { return results[i].provenance.seed; }, String),
    text("machine's hash", function (i) { return results[i].provenance.arch_hash; }),
    text("network's hash", function (i) { return results[i].provenance.workload_hash; }),
    {title: "options", long: true, get: function (i) { return results[i].provenance.options || "none"; }}
];
