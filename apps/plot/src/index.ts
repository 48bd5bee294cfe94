export { addPlotCommand } from './plotCommand.ts';
export { writeReport } from './report.ts';
export { addReportCommand } from './reportCommand.ts';
