/** What to undo when the process ends early, latest first. */
const cleanUps = new Set<() => void>();
let listening = false;

/**
 * Has `cleanUp` called if the process ends before the returned function is: by exit, SIGINT or SIGTERM. It must be
 * synchronous and should not throw. A signal then ends the process with status 130 or 143, unless the program listens to
 * that signal itself: what happens is then its decision, and `cleanUp` waits for the exit.
 */
export function cleanUpOnExit(cleanUp: () => void): () => void {
  // A function of its own for each call: the same one may be wanted twice.
  const entry = (): void => cleanUp();
  cleanUps.add(entry);
  if (!listening) process.on('exit', cleanUpAll).on('SIGINT', end).on('SIGTERM', end);
  listening = true;
  return () => {
    cleanUps.delete(entry);
    // Not at once: a signal that came while the program was busy is handed out when the event loop next polls, which it
    // has surely done between two immediates, and must find its listener.
    if (cleanUps.size === 0) setImmediate(() => setImmediate(stopListening));
  };
}

function stopListening(): void {
  if (!listening || cleanUps.size > 0) return;
  process.off('exit', cleanUpAll).off('SIGINT', end).off('SIGTERM', end);
  listening = false;
}

function cleanUpAll(): void {
  for (const cleanUp of [...cleanUps].toReversed()) {
    try {
      cleanUp();
    } catch {
      // The process is ending: the others still get their turn.
    }
  }
}

function end(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) process.exit(signal === 'SIGINT' ? 130 : 143);
}
