package io.terminator.tls.report;

import io.terminator.tls.clienthello.ClientHello;
import java.util.Arrays;

/**
 * A list of code points in a ClientHello as a key, without the GREASE values, which a client draws
 * anew for each connection. Cheap to create; its text is for readers. Immutable.
 */
record OfferedValues(int[] values) {
  static OfferedValues of(int[] offered) {
    int kept = 0;
    for (int value : offered) {
      kept += ClientHello.isGrease(value) ? 0 : 1;
    }
    if (kept == offered.length) {
      return new OfferedValues(offered);
    }
    int[] values = new int[kept];
    int at = 0;
    for (int value : offered) {
      if (!ClientHello.isGrease(value)) {
        values[at] = value;
        at++;
      }
    }
    return new OfferedValues(values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OfferedValues offered && Arrays.equals(values, offered.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }
}
