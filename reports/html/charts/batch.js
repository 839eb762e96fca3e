/* Latency against throughput: a line each machine (or another axis), a dot each batch. */
var batches = {series: "machine", slice: {}};

var MOST_NAMED = 40;

function batchAxis() {
    return axisOf("batch");
}

function hasBatches() {
    return sweptAxes.some(function (axis) { return axis.key === "batch"; }) && Boolean(metricOf("throughput_per_s"));
}

function otherAxes() {
    return drawnAxes.filter(function (axis) { return axis.key !== "batch"; });
}

function startBatches() {
    var others = otherAxes();
    if (!axisOf(batches.series) && others.length > 0) {
        batches.series = others[0].key;
    }
    chooseBatches();
}

function chooseBatches() {
    var place = chooserPlace("batch"), others = otherAxes();
    place.replaceChildren();
    if (others.length > 1) {
        chooser(place, "a line each", axisChoices(others), batches.series, function (value) {
            batches.series = value;
            chooseBatches();
        });
    }
    sliceChoosers(place, batches.slice, ["batch", batches.series], drawBatches);
    place.hidden = others.length < 2;
    drawBatches();
}

function drawBatches() {
    var series = axisOf(batches.series);
    var latency = metricOf("latency_s"), throughput = metricOf("throughput_per_s");
    var exact = variedAxes.filter(function (axis) { return axis.key === "batch"; })[0];
    var rows = slicePoints(batches.slice, ["batch", batches.series]).filter(function (point) {
        return latency.values[point] !== null && throughput.values[point] > 0;
    }).map(function (point) {
        var at = series ? series.at[point] : 0;
        return {point: point, line: at, color: series ? axisColor(series, at) : seriesColor(0),
                batch: Number(exact.values[exact.at[point]]), x: latency.values[point],
                y: throughput.values[point], hint: pointHint(point, [latency, throughput])};
    }).sort(function (a, b) { return a.line - b.line || a.batch - b.batch; });
    var xs = logAxis(rows.map(function (row) { return row.x; }));
    var ys = logAxis(rows.map(function (row) { return row.y; }));
    var lined = isOncePerBatch(rows);
    if (lined || rows.length <= MOST_NAMED) {
        nameBatches(rows, xs.limits, ys.limits);
    }
    note("batch", rows.length === 0 ? "no point has these values"
        : lined ? "each dot is a batch, which grows along its line; better is up and left"
                : "each dot is a point, of which several have the same batch; better is up and left");
    legend("batch", series ? axisLegend(series, distinct(rows.map(function (row) { return row.line; }))) : []);
    draw("batch", "batch", "Latency against throughput over batch",
         {x_limits: xs.limits, y_limits: ys.limits, x_ticks: xs.ticks, y_ticks: ys.ticks},
         {rows: rows, joined: lined ? rows : []}, null, function (row) { pickPoint(row.point); });
}

function isOncePerBatch(rows) {
    return rows.every(function (row, i) {
        return i === 0 || row.line !== rows[i - 1].line || row.batch !== rows[i - 1].batch;
    });
}

/* Batches are named where names stay apart. */
function nameBatches(rows, x, y) {
    var width = Math.max(200, widthOf("batch") - 80), height = 320, taken = [];
    function place(value, limits) { return Math.log(value / limits[0]) / Math.log(limits[1] / limits[0]); }
    rows.forEach(function (row) {
        var left = place(row.x, x) * width, top = (1 - place(row.y, y)) * height - 12;
        var free = taken.every(function (other) {
            return Math.abs(other[0] - left) > 24 || Math.abs(other[1] - top) > 13;
        });
        row.label = free ? String(row.batch) : "";
        if (free) {
            taken.push([left, top]);
        }
    });
}
