import { isStatus } from "../../../transport/kubernetes/error.ts";

/** Maximum number of attempts, including the first, if there are conflicts with other clients. */
const MAX_ATTEMPTS = 4;

/**
 * Repeats a read-modify-write operation after a conflict.
 * @param work called with the number of the attempt, from 1
 * @param statuses HTTP statuses that indicate a conflict
 * @throws the error of the last attempt, and all other errors immediately
 */
export async function onConflict<T>(
  work: (attempt: number) => Promise<T>,
  statuses: readonly number[] = [409],
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!isStatus(error, ...statuses) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
