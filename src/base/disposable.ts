/** A resource with one owner. Disposing twice does nothing. */
export interface Disposable {
  dispose(): void;
}

export function toDisposable(dispose: () => void): Disposable {
  let done = false;
  return {
    dispose() {
      if (done) return;
      done = true;
      dispose();
    },
  };
}

/** Owns disposables and ends them in reverse order. Adding to a store that has ended ends the newcomer at once. */
export class DisposableStore implements Disposable {
  private readonly owned: Disposable[] = [];
  private ended = false;

  add<T extends Disposable>(resource: T): T {
    if (this.ended) resource.dispose();
    else this.owned.push(resource);
    return resource;
  }

  dispose(): void {
    this.ended = true;
    for (let resource = this.owned.pop(); resource !== undefined; resource = this.owned.pop()) resource.dispose();
  }
}
