export { PAPER_PROTOCOL, type Protocol } from './protocol.ts';
export { randomSearch } from './randomSearch.ts';
export { runSearch, type SearchRun, type Trial } from './runSearch.ts';
export type { Outcome, Proposal, Searcher } from './searcher.ts';
