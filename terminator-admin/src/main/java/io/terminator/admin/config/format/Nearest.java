package io.terminator.admin.config.format;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the known name that is closest to an unknown one, for suggestions. */
public final class Nearest {
  private Nearest() {}

  /** Returns null if no known name is close enough. */
  public static @Nullable String to(String written, Collection<String> known) {
    String bare = bare(written);
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(bare, bare(candidate));
      int allowed = Math.max(1, Math.min(bare.length(), candidate.length()) / 3);
      if (distance <= allowed && distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** Makes highWater and high_water equal to high-water. */
  private static String bare(String name) {
    String lower = name.substring(0, Math.min(name.length(), 64)).toLowerCase(Locale.ROOT);
    return lower.replace("-", "").replace("_", "").replace(" ", "");
  }

  /** The number of letters to insert, delete or replace; swapping two neighbours counts as one. */
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replace, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
