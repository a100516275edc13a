import type { ScanResult } from "../engine/result.js";

/** What a report depends on beside the result: passed in, so that a reporter stays a pure function. */
export interface ReportOptions {
  /** Of this program. */
  readonly version: string;
  /** Spawned by promptfoo: severities as it knows them. */
  readonly delegated: boolean;
  readonly verbose: boolean;
  /** One line per finding and nothing else. */
  readonly quiet: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  /** The folder in which the program was started: what relative paths of reports are relative to. */
  readonly cwd: string;
}

export type Reporter = (result: ScanResult, options: ReportOptions) => string | Promise<string>;
