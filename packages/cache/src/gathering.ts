interface Question<A, C> {
  readonly key: string;
  readonly context: C;
  resolve(answer: A): void;
  reject(error: unknown): void;
}

/** Gathers questions of one kind, and asks them together. */
export class Gathering<A, C = undefined> {
  readonly #answer: (keys: readonly string[], context: C) => Promise<readonly A[]>;
  readonly #most: number;
  #waiting: Question<A, C>[] = [];
  #sending = false;

  /**
   * @param answer answers the questions for these keys, in their order; called with the context of the first
   * @param most so many are asked together; what is more goes at the same time, but apart
   */
  constructor(answer: (keys: readonly string[], context: C) => Promise<readonly A[]>, most = Number.POSITIVE_INFINITY) {
    this.#answer = answer;
    this.#most = most;
  }

  /** Answered after `send`. */
  ask(key: string, context: C): Promise<A> {
    return new Promise((resolve, reject) => this.#waiting.push({ key, context, resolve, reject }));
  }

  /** Asks what was gathered, together with all that is still asked for in this turn. */
  send(): void {
    if (this.#sending) return;
    this.#sending = true;
    queueMicrotask(() => {
      this.#sending = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (let from = 0; from < waiting.length; from += this.#most) {
        this.#sendTogether(waiting.length <= this.#most ? waiting : waiting.slice(from, from + this.#most));
      }
    });
  }

  #sendTogether(questions: readonly Question<A, C>[]): void {
    const keys = questions.map(({ key }) => key);
    this.#answer(keys, questions[0]!.context).then(
      (answers) => {
        for (const [index, question] of questions.entries()) question.resolve(answers[index] as A);
      },
      (error) => {
        for (const question of questions) question.reject(error);
      },
    );
  }
}
