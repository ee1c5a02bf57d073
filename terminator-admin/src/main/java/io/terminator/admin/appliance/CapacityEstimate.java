package io.terminator.admin.appliance;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.terminator.core.frame.FrameConfig;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections this process can carry. The estimate uses the file descriptors, two per
 * connection, and the memory left besides heap and frames, at several times the measured cost of an
 * idle connection.
 */
record CapacityEstimate(long descriptors, long memory, long heap, long frames) {
  private static final Logger LOG = LoggerFactory.getLogger(CapacityEstimate.class);

  /** For listening sockets, files, the admin API, health checks and jars. */
  private static final long RESERVED_DESCRIPTORS = 256;

  private static final long RESERVED_MEMORY = 64L << 20;

  // An idle connection was measured at 7 KiB. A handshake needs several times that, for its key
  // exchange and certificates.
  private static final long NATIVE_BYTES = 32L << 10;
  private static final long HEAP_BYTES = 1L << 10;
  private static final int LEAST = 16;

  /** Uses the limits that the system sets; the limits of a container apply to the process. */
  static CapacityEstimate ofThisProcess(FrameConfig frames) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long descriptors =
        system instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : Long.MAX_VALUE;
    return new CapacityEstimate(
        descriptors,
        system.getTotalMemorySize(),
        Runtime.getRuntime().maxMemory(),
        frames.budget().bytes());
  }

  int connections() {
    return (int)
        Math.max(LEAST, Math.min(Integer.MAX_VALUE, Math.min(byDescriptors(), byMemory())));
  }

  long byDescriptors() {
    // With very few descriptors, a quarter is reserved instead.
    return (descriptors - Math.min(RESERVED_DESCRIPTORS, descriptors / 4)) / 2;
  }

  long byMemory() {
    // Heap and frames are rarely full at the same time, and a small
    // machine should still serve some clients.
    long left = Math.max(memory / 4, memory - heap - frames - RESERVED_MEMORY);
    return Math.min(left / NATIVE_BYTES, heap / 2 / HEAP_BYTES);
  }

  /** Logs how {@code connections} was derived, and warns if resources are insufficient for it. */
  void log(int connections, boolean derived) {
    String from =
        "descriptor limit "
            + descriptors
            + " allows "
            + byDescriptors()
            + ", memory of "
            + (memory >> 20)
            + " MiB with a heap of "
            + (heap >> 20)
            + " and frames of "
            + (frames >> 20)
            + " allows "
            + Math.max(0, byMemory());
    if (derived) {
      LOG.info("limits.connections: auto is {} ({})", connections, from);
    } else if (connections > byDescriptors()) {
      LOG.warn(
          "limits.connections: {} is more than this process can carry ({}). Expected two"
              + " descriptors per connection; raise the limit (ulimit -n, LimitNOFILE) or lower"
              + " limits.connections",
          connections,
          from);
    } else {
      LOG.info("limits.connections: {} ({})", connections, from);
    }
  }
}
