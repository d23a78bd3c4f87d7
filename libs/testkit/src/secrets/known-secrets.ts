/** Shorter ones turn up by chance. */
const SHORTEST = 7;
const SHORTEST_ANSWERED = 16;
const SECRET_VARIABLE = /SECRET|PASSWORD|CREDENTIAL|TOKEN|(^|_)KEYS?(_|$)/;
/** These say where a secret is or how long it lives, and not what it is. */
const ABOUT_ONE = /_(DIR|FILE|PATH|URL|ENV|NAME|ID|SECONDS|MS|TOKENS|LIMIT)$/;
const SECRET_FIELD =
  /^(api_key|token|secret|ticket|password|client_secret|access_token|refresh_token|id_token|code_verifier)$/;

/**
 * The secrets that this process gave to a system or got from one: what a scan looks for, beside what looks like a secret
 * by itself. Each test file has its own.
 */
export class KnownSecrets {
  private readonly names = new Map<string, string>();

  /** @param name what a report may call it */
  add(name: string, value: string): void {
    if (value.length >= SHORTEST) this.names.set(value, name);
  }

  /** Those among the variables of a process, by their names; with the passwords of its URLs. */
  addEnvironment(env: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(env)) {
      if (!value) continue;
      this.addUrl(name, value);
      if (!SECRET_VARIABLE.test(name) || ABOUT_ONE.test(name) || /^[\d.]+$/.test(value)) continue;
      this.add(name, value);
      // A list of keys with their ids: `k1:…,k2:…`.
      for (const key of value.split(',')) this.add(name, key.slice(key.indexOf(':') + 1));
    }
  }

  /** Those that an API answered with, by the names of its fields. */
  addAnswer(body: unknown): void {
    if (typeof body !== 'object' || body === null) return;
    for (const [field, value] of Object.entries(body)) {
      if (typeof value === 'object') this.addAnswer(value);
      else if (typeof value === 'string' && SECRET_FIELD.test(field) && value.length >= SHORTEST_ANSWERED)
        this.add(`${field} of an answer`, value);
    }
  }

  /** The password that a URL holds. */
  addUrl(name: string, value: string): void {
    if (!URL.canParse(value)) return;
    const { password } = new URL(value);
    if (password !== '') this.add(`password in ${name}`, decodeURIComponent(password));
  }

  /** Each value with its name. */
  all(): ReadonlyMap<string, string> {
    return this.names;
  }
}

/** Of this process, or of this test file. */
export const knownSecrets = new KnownSecrets();
