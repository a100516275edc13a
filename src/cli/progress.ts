import type { Progress } from "../engine/scan.js";
import { printable } from "../reporters/escape.js";
import { bytesText, durationText } from "../reporters/quantity.js";
import { note } from "./output.js";

export interface ProgressDisplay {
  readonly update: (progress: Progress) => void;
  readonly stop: () => void;
}

/** Scans that end before show nothing: they are over before anybody reads it. */
const QUIET_MS = 400;
/** Where no terminal says how wide it is. */
const PLAIN_COLUMNS = 160;
/** Between two lines where no terminal can redraw one. */
const LINE_MS = 2000;

/** A spinner on a terminal, now and then a line elsewhere, both on stderr. */
export function showProgress(isTerminal: boolean): ProgressDisplay {
  return isTerminal ? spinner() : plainLines();
}

function spinner(): ProgressDisplay {
  let latest = "Scanning";
  // ora's sign and a space stand before it.
  const line = new Line(() => (process.stderr.columns ?? PLAIN_COLUMNS) - 3);
  let stopped = false;
  let stop = () => {};
  let redraw = () => {};
  // ora takes longer to load than most scans take.
  const timer = setTimeout(async () => {
    const { default: ora } = await import("ora");
    if (stopped) return;
    const shown = ora({ text: latest, stream: process.stderr, discardStdin: false }).start();
    redraw = () => {
      shown.text = latest;
    };
    stop = () => shown.stop();
  }, QUIET_MS);
  return {
    update: (progress) => {
      latest = line.of(progress);
      redraw();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      stop();
    },
  };
}

function plainLines(): ProgressDisplay {
  let due = 0; // the first line at once: it says that the scan has begun
  const line = new Line(() => PLAIN_COLUMNS);
  return {
    update: (progress) => {
      if (performance.now() < due) return;
      due = performance.now() + LINE_MS;
      note(line.of(progress));
    },
    stop: () => {},
  };
}

/** Below this share of the bytes an estimate is worth nothing. */
const MIN_SHARE = 0.02;

/** Progress in one line that fits the terminal. */
export class Line {
  private readonly started = performance.now();

  constructor(private readonly width: () => number) {}

  of({ files, totalFiles, bytes, totalBytes, path, member = [] }: Progress): string {
    const done = `Scanned ${files} of ${totalFiles} files, ${bytesText(bytes)} of ${bytesText(totalBytes)}`;
    const head = `${done}${this.left(bytes, totalBytes)}: `;
    return head + shortened(printable([path, ...member].join(":")), this.width() - head.length);
  }

  private left(bytes: number, totalBytes: number): string {
    const share = bytes / totalBytes;
    if (!(share >= MIN_SHARE && share < 1)) return "";
    const elapsed = performance.now() - this.started;
    return `, about ${durationText((elapsed / share) * (1 - share))} left`;
  }
}

/** The end of a path tells more than its beginning. */
function shortened(path: string, room: number): string {
  return path.length <= room ? path : `...${path.slice(path.length - Math.max(MIN_PATH, room - 3))}`;
}

/** Characters of a path that are shown however narrow the terminal is. */
const MIN_PATH = 12;
