// Reading the service's own addresses: retries, a time limit, and failures that say what happened.
import { language, t } from "./i18n.js";
import { at } from "./root.js";

const PATIENCE = 30_000;
const WAITS = [400, 1200];
const PASSING = new Set([502, 503, 504]);
const kept = new Map();

export class Failure extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const pause = (time) => new Promise((done) => setTimeout(done, time));

async function once(path, options) {
  try {
    return await fetch(at(path), { ...options, signal: AbortSignal.timeout(PATIENCE) });
  } catch (error) {
    throw new Failure(t(error.name === "TimeoutError" ? "error.slow" : "error.network"));
  }
}

async function told(answer) {
  const body = await answer.json().catch(() => ({}));
  return new Failure(body.detail ?? body.description ?? t("error.status", { status: answer.status }), answer.status);
}

async function ask(path, options = {}, waits = WAITS) {
  for (const wait of [...waits, null]) {
    try {
      const answer = await once(path, options);
      if (answer.ok) return answer;
      if (wait === null || !PASSING.has(answer.status)) throw await told(answer);
    } catch (error) {
      if (wait === null || error.status) throw error;
    }
    await pause(wait);
  }
}

// Answers are kept while the page is open; failures are not.
export function read(path) {
  const whole = path.startsWith("/ogc") ? withLanguage(path) : path;
  if (!kept.has(whole)) {
    const answer = ask(whole).then((found) => found.json());
    kept.set(whole, answer);
    answer.catch(() => kept.delete(whole));
  }
  return kept.get(whole);
}

const withLanguage = (path) => `${path}${path.includes("?") ? "&" : "?"}lang=${language()}`;

// What is asked by POST changes nothing either; the last answers are kept, since a body may be long.
const POSTS = 32;
const posted = new Map();

export function post(path, body) {
  const text = JSON.stringify(body);
  const key = `${path} ${text}`;
  if (!posted.has(key)) {
    const answer = postFor(path, text).then((found) => found.json());
    posted.set(key, answer);
    if (posted.size > POSTS) posted.delete(posted.keys().next().value);
    answer.catch(() => posted.delete(key));
  }
  return posted.get(key);
}

export const postFor = (path, body) => ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body });

export async function send(path, file) {
  const headers = { "Content-Type": "application/octet-stream" };
  const answer = await ask(path, { method: "POST", headers, body: file }, []);
  return answer.json();
}
