// The charts of the console and nothing else: a third of the whole library.
import * as echarts from "echarts/core";
import { BarChart, FunnelChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, DatasetComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  AriaComponent, BarChart, DatasetComponent, FunnelChart, GridComponent, LegendComponent, LineChart, PieChart,
  CanvasRenderer, TooltipComponent,
]);
window.echarts = echarts;
