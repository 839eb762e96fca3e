/* The transforms that the charts use, and the few names that page code calls. */
Object.assign(parts["vega-dataflow"].transforms, parts["vega-transforms"],
              parts["vega-view-transforms"], parts["vega-encode"]);
window.vega = {
    parse: parts["vega-parser"].parse,
    View: parts["vega-view"].View,
    expressionFunction: parts["vega-functions"].expressionFunction
};
})();
