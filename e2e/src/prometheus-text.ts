/** One family of a scrape in Prometheus' text format. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: Set<string>;
  /** The names of its series: a histogram has three. */
  readonly series: Set<string>;
  samples: number;
}

const SUFFIXES = ['_bucket', '_sum', '_count'];

/** Reads a scrape; what is not of the format is an error. */
export const familiesOf = (text: string): Map<string, Family> => {
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  for (const line of text.split('\n')) {
    const help = /^# HELP (\S+) (.*)$/.exec(line);
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (help) helps.set(help[1] as string, help[2] as string);
    if (type) {
      const [, name = '', kind = ''] = type;
      const series = kind === 'histogram' ? SUFFIXES.map((suffix) => name + suffix) : [name];
      families.set(name, {
        name,
        type: kind,
        help: helps.get(name) ?? '',
        labels: new Set(),
        series: new Set(series),
        samples: 0,
      });
    }
    if (line === '' || line.startsWith('#')) continue;
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!sample) throw new Error(`Not a sample: ${line}`);
    const [, name = '', labels = ''] = sample;
    const family = [...families.values()].find(({ series }) => series.has(name));
    if (!family) throw new Error(`${name} is of no family`);
    family.samples += 1;
    for (const [, label = ''] of labels.matchAll(/([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g))
      family.labels.add(label);
  }
  return families;
};
