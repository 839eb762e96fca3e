/* ---------------------------------------------------------------- the page */

/* What all points have in common. */
function writeSubtitle() {
    var common = ["network", "batch", "mode"].map(function (key) {
        var axis = allAxes.filter(function (each) { return each.key === key; })[0];
        return axis.values.length === 1 ? namedValue(axis, 0) : null;
    });
    var one = results[0];
    var words = [POINTS > 1 ? POINTS.toLocaleString("en") + " points" : null].concat(common);
    if (common[0] && common[1]) {
        words.push(si(one.workload.macs, "") + " multiply-accumulates",
                   si(one.workload.parameters, "") + " parameters");
    }
    if (POINTS === 1) {
        words.splice(2, 0, "on " + (one.arch.description || one.arch.name), one.workload.precision);
    }
    byId("subtitle").textContent = words.filter(Boolean).join(" \u00b7 ");
}

/* Paragraphs that begin with "- " are items of a list. */
function writeParagraphs(place, paragraphs) {
    var list = null;
    paragraphs.forEach(function (paragraph) {
        if (paragraph.indexOf("- ") !== 0) {
            list = null;
            place.append(element("p", {}, paragraph));
            return;
        }
        if (!list) {
            list = place.appendChild(element("ul"));
        }
        list.append(element("li", {}, paragraph.slice(2)));
    });
}

/* Designs are told apart by their machines: where one comes twice, the sweep is told instead. */
var MOST_READINGS = 6;

function writeReading() {
    var place = byId("reading");
    var told = isSweep() ? [] : data.readings.slice(0, MOST_READINGS);
    if (isSweep()) {
        writeParagraphs(byId("sweep-reading"), sweepSentences());
    }
    if (results.length < POINTS) {
        byId("summary-note").textContent = results.length + " of the " + POINTS.toLocaleString("en") +
            " points are here and below in full: of each machine and network the fastest, the most frugal and that " +
            "with the highest throughput, then evenly from the rest. Charts and table of the sweep have all of them.";
    }
    told.forEach(function (reading) {
        if (data.readings.length > 1) {
            var one = results[reading.results[0]].workload;
            place.append(element("h3", {}, one.name + ", batch " + one.batch + ", " + one.mode));
        }
        writeParagraphs(place, reading.paragraphs);
    });
    if (!isSweep() && told.length < data.readings.length) {
        var untold = data.readings.length - told.length;
        place.append(element("p", {"class": "quiet"}, untold + " more groups are not told."));
    }
}

function writeSections() {
    document.querySelectorAll("main > section:not([hidden])").forEach(function (section) {
        var link = element("a", {href: "#" + section.id}, section.querySelector("h2").textContent);
        byId("sections").append(element("li", {}, link));
    });
}

/* A point that is shown in full can be looked into. */
function pickPoint(point) {
    if (detailOf.has(point)) {
        byId("design").value = String(detailOf.get(point));
        chooseDesign(detailOf.get(point));
        byId("layers").scrollIntoView();
    }
}

/* ---------------------------------------------------------------- one design */

var layerTable = sortableTable(byId("layer-table"), LAYER_COLUMNS, "Layers of the chosen design");
var layers = [];

function filterLayers() {
    var words = byId("layer-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    var bound = byId("layer-bound").value;
    var kept = layers.filter(function (layer) {
        var said = [layer.name, layer.op, layer.algorithm, layer.ran_on].join(" ").toLowerCase();
        return (!bound || layer.bound === bound) &&
            words.every(function (word) { return said.indexOf(word) >= 0; });
    });
    var share = kept.reduce(function (sum, layer) { return sum + layer.share; }, 0);
    byId("layer-count").textContent = kept.length + " of " + layers.length + " layers, " + percent(share) +
        " of the time";
    layerTable.show(kept);
}

function chooseDesign(index) {
    var result = results[index];
    layers = result.layers.map(function (layer, number) {
        return Object.assign({index: number + 1, share: result.latency_s ? layer.latency_s / result.latency_s : 0},
                             layer);
    });
    var bounds = Array.from(new Set(layers.map(function (layer) { return layer.bound; }))).sort();
    options(byId("layer-bound"), [["", "anything"]].concat(bounds.map(function (b) { return [b, b]; })));
    fillTable(byId("memory-table"), MEMORY_COLUMNS, result.memory, "Traffic and energy of each memory level");
    drawCharts(result);
    filterLayers();
}

/* ---------------------------------------------------------------- all points */

var pointTable = null, filteredPoints = [];

function filterPoints() {
    var words = byId("point-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    filteredPoints = allPoints().filter(function (point) {
        if (words.length === 0) {
            return true;
        }
        var said = [pointName(point), valueText(boundOf, boundOf.at[point]), errorOf.get(point)].join(" ")
            .toLowerCase();
        return words.every(function (word) { return said.indexOf(word) >= 0; });
    });
    byId("point-count").textContent = filteredPoints.length.toLocaleString("en") + " of " + countOf(POINTS, "point");
    pointTable.show(filteredPoints);
}

function startPoints() {
    byId("points").hidden = !isSweep() && POINTS === results.length;
    if (!byId("points").hidden) {
        pointTable = sortableTable(byId("point-table"), pointColumns(), "All points");
        filterPoints();
        byId("point-filter").addEventListener("input", filterPoints);
        byId("save-points").addEventListener("click", savePoints);
    }
}

/* ---------------------------------------------------------------- errors against published figures */

function startErrors() {
    byId("errors").hidden = data.errors.length === 0;
    data.errors.forEach(function (machine) {
        var name = element("b", {}, machine.arch + ":");
        byId("error-sentences").append(element("p", {}, [name, " " + machine.sentence + "."]));
    });
    /* Of what is said twice of one machine (as it is, and changed) the rows are the same. */
    var rows = [].concat.apply([], data.errors.filter(function (machine, i) {
        return data.errors.findIndex(function (each) { return each.arch === machine.arch; }) === i;
    }).map(function (machine) {
        return machine.rows.map(function (row) { return Object.assign({arch: machine.arch}, row); });
    }));
    byId("error-table").parentNode.hidden = rows.length === 0;
    fillTable(byId("error-table"), ERROR_COLUMNS, rows, "Recorded errors of these machines");
}

/* ---------------------------------------------------------------- saving */

function save(name, type, text) {
    var url = URL.createObjectURL(new Blob([text], {type: type}));
    element("a", {href: url, download: name}).click();
    setTimeout(function () { URL.revokeObjectURL(url); }, 1000);
}

/* The figures as the program writes them with -f json. */
function saveFigures() {
    var whole = results.length === 1 ? results[0] : {schema: "tessera.comparison/1", results: results};
    save("tessera.json", "application/json", JSON.stringify(whole, null, 2));
}

/* The points that the filter left, unrounded. */
function savePoints() {
    function quote(value) {
        var text = value === null ? "" : String(value);
        return /[",\n]/.test(text) ? "\"" + text.replace(/"/g, "\"\"") + "\"" : text;
    }
    function keyOf(column) { return column.key; }
    var heading = allAxes.map(keyOf).concat(metrics.map(keyOf), "bound", "error");
    var lines = filteredPoints.map(function (point) {
        return allAxes.map(function (axis) { return axis.values[axis.at[point]]; })
            .concat(metrics.map(function (metric) { return metric.values[point]; }),
                    valueText(boundOf, boundOf.at[point]), errorOf.has(point) ? errorOf.get(point) : null)
            .map(quote).join(",");
    });
    save("tessera.csv", "text/csv", [heading.map(quote).join(",")].concat(lines).join("\n") + "\n");
}

/* ---------------------------------------------------------------- start */

var all = results.map(function (result, index) { return index; });
makeFigures();
writeSubtitle();
writeReading();
fillTable(byId("summary-table"), summaryColumns(), all, "Figures of each design");
byId("designs").hidden = !fewDesigns();
startPoints();
startErrors();
byId("sweep").hidden = !hasHeatmap() && !hasBatches();
byId("tradeoffs").hidden = !hasTradeoff();
byId("design-choice").hidden = results.length < 2;
writeSections();
drawCharts();
options(byId("design"), all.map(function (index) { return [index, names[index]]; }));
fillTable(byId("provenance-table"), PROVENANCE_COLUMNS, all, "Where each result comes from");
chooseDesign(0);

byId("design").addEventListener("change", function () { chooseDesign(Number(byId("design").value)); });
byId("layer-filter").addEventListener("input", filterLayers);
byId("layer-bound").addEventListener("change", filterLayers);
byId("save").addEventListener("click", saveFigures);
new ResizeObserver(fitCharts).observe(byId("main"));
window.addEventListener("beforeprint", fitCharts);
