/** Values, at once or later. */
export type Samples<S> = Iterable<S> | Promise<Iterable<S>>;

interface AnySample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface SummedMetric {
  reset(): void;
  inc(labels: AnySample["labels"], value: number): void;
}

/** Those who give one metric. */
export class Sources {
  readonly #reads = new Set<() => Samples<AnySample>>();
  /** The last values of those that ended, for a counter. */
  readonly #kept: AnySample[] = [];

  constructor(private readonly keeps: boolean) {}

  add(read: () => Samples<AnySample>): () => void {
    // A wrapper, so that one who gives it twice counts twice.
    const entry = () => read();
    this.#reads.add(entry);
    return () => {
      if (!this.#reads.delete(entry) || !this.keeps) return;
      const last = entry();
      if (!(last instanceof Promise)) this.#keep(last);
    };
  }

  /** Puts the sums into a metric that takes them. */
  async sum(metric: SummedMetric): Promise<void> {
    const now = await Promise.all([...this.#reads].map((read) => read()));
    // In one go, for two may ask at the same time.
    metric.reset();
    for (const { labels, value } of [this.#kept, ...now].flatMap((samples) => [...samples])) {
      metric.inc(labels, value);
    }
  }

  #keep(samples: Iterable<AnySample>): void {
    for (const { labels, value } of samples) {
      const key = JSON.stringify(labels);
      const index = this.#kept.findIndex((one) => JSON.stringify(one.labels) === key);
      const before = this.#kept[index]?.value ?? 0;
      this.#kept.splice(index < 0 ? this.#kept.length : index, 1, {
        labels,
        value: before + value,
      });
    }
  }
}
