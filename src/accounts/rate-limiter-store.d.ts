/** The library's class for stores of one's own: documented, but neither exported by its index nor fully typed. */
declare module "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js" {
  import { type RateLimiterRes, RateLimiterStoreAbstract } from "rate-limiter-flexible";

  /** `Row`: what the store knows of a key. */
  export default abstract class StoreLimiter<Row> extends RateLimiterStoreAbstract {
    protected abstract _upsert(key: string, points: number, durationMs: number): Promise<Row>;
    protected abstract _delete(key: string): Promise<boolean>;
    protected abstract _get(key: string): Promise<Row | undefined>;
    protected abstract _getRateLimiterRes(key: string, changedPoints: number, row: Row): RateLimiterRes;
  }
}
