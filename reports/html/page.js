/* ---------------------------------------------------------------- the page */

function writeSubtitle() {
    var first = results[0];
    var same = results.every(function (r) {
        return r.workload.name === first.workload.name && r.workload.batch === first.workload.batch &&
            r.workload.mode === first.workload.mode;
    });
    var words = same
        ? [first.workload.name, "batch " + first.workload.batch, first.workload.mode,
           si(first.workload.macs, "") + " multiply-accumulates", si(first.workload.parameters, "") + " parameters"]
        : [results.length + " results"];
    if (results.length === 1) {
        words.splice(1, 0, "on " + (first.arch.description || first.arch.name), first.workload.precision);
    }
    byId("subtitle").textContent = words.filter(Boolean).join(" \u00b7 ");
}

/* Paragraphs that begin with "- " are items of a list. */
function writeReading() {
    var place = byId("reading");
    data.readings.forEach(function (reading) {
        if (data.readings.length > 1) {
            var one = results[reading.results[0]].workload;
            place.append(element("h3", {}, one.name + ", batch " + one.batch + ", " + one.mode));
        }
        var list = null;
        reading.paragraphs.forEach(function (paragraph) {
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
    });
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

/* The figures as the program writes them with -f json. */
function saveFigures() {
    var whole = results.length === 1 ? results[0] : {schema: "tessera.comparison/1", results: results};
    var url = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 2)], {type: "application/json"}));
    element("a", {href: url, download: "tessera.json"}).click();
    setTimeout(function () { URL.revokeObjectURL(url); }, 1000);
}

/* ---------------------------------------------------------------- start */

var all = results.map(function (result, index) { return index; });
makeFigures();
writeSubtitle();
fillTable(byId("summary-table"), summaryColumns(), all, "Figures of each design");
writeReading();
byId("designs").hidden = !fewDesigns();
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
