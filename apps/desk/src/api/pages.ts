export interface Listed<T> {
  readonly items: readonly T[];
  /** There is more than was asked for; the desk says so. */
  readonly isCut: boolean;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

const PAGE = 200;
/** More than anybody looks over; past it the lists say that they are cut. */
const MOST = 2000;

/** A list, page by page. */
export const allPages = async <T>(ask: (query: PageQuery) => Promise<Page<T>>): Promise<Listed<T>> => {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await ask({ limit: PAGE, ...(cursor !== null && { cursor }) });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < MOST);
  return { items, isCut: cursor !== null };
};
