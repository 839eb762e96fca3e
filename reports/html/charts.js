/* ---------------------------------------------------------------- the table of charts */

/* A row a chart: {name, place, title, shown, draw}. Its figure is made in the element with data-charts=place;
 * `shown` says whether the data has something to draw (always, when it is left out). Charts of the places
 * "design" and "layers" are of the design that is chosen: shown and draw get its result. What is drawn is a file
 * in charts/: the code, and its Vega specification of the same name unless several charts share one. */
var CHARTS = [
    {name: "latency", place: "designs", title: "Latency", note: "log axis", shown: fewDesigns, draw: drawLatency},
    {name: "energy", place: "designs", title: "Energy of one item", note: "log axis", shown: fewDesigns,
     draw: drawEnergy},
    {name: "heatmap", place: "sweep", title: "Heat map", shown: hasHeatmap, draw: startHeatmap},
    {name: "batch", place: "sweep", title: "Latency against throughput over batch", shown: hasBatches,
     draw: startBatches},
    {name: "tradeoff", place: "tradeoffs", title: "Two metrics of each point", shown: hasTradeoff, draw: startTradeoff},
    {name: "design-time", place: "parts", title: "Time, share of each part", draw: drawDesignTime},
    {name: "design-energy", place: "parts", title: "Energy, share of each part", draw: drawDesignEnergy},
    {name: "roofline", place: "design", title: "Roofline", shown: hasRoofline, draw: drawRoofline},
    {name: "timeline", place: "design", title: "Timeline of a layer", shown: hasTimeline, draw: drawTimeline},
    {name: "layer-time", place: "layers", title: "Time by layer", draw: drawLayerTime},
    {name: "layer-energy", place: "layers", title: "Energy by layer", draw: drawLayerEnergy}
];

function isOfDesign(chart) {
    return chart.place === "design" || chart.place === "layers";
}

function makeFigures() {
    CHARTS.forEach(function (chart) {
        var said = element("span", {"class": "quiet"}, chart.note || "");
        var caption = element("figcaption", {}, [chart.title + " ", said]);
        document.querySelector('[data-charts="' + chart.place + '"]')
            .append(element("figure", {"data-chart": chart.name}, caption));
    });
}

/* Draws those that are of a design (with its result), or those that are of all results. */
function drawCharts(result) {
    CHARTS.forEach(function (chart) {
        if (isOfDesign(chart) !== (result !== undefined)) {
            return;
        }
        var has = !chart.shown || chart.shown(result);
        figureOf(chart.name).hidden = !has;
        if (has) {
            chart.draw(result);
        } else {
            undraw(chart.name);
        }
    });
}
