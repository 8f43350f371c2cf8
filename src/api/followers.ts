import { ApiError } from "./api-error.ts";
import type { Followers } from "./dependencies.ts";

/** Connections at once, and those of one user: each asks the store several times a second. */
const MOST = 64;
const MOST_OF_ONE = 16;

export function openFollowers(): Followers {
  const followers: string[] = [];
  return {
    join(user) {
      const own = followers.filter((one) => one === user).length;
      if (followers.length >= MOST) throw new ApiError(503, "followers", `${MOST} follow already.`);
      if (own >= MOST_OF_ONE) throw new ApiError(503, "followers", `${user} follows ${own} times already.`);
      followers.push(user);
    },
    leave(user) {
      followers.splice(followers.indexOf(user), 1);
    },
  };
}
