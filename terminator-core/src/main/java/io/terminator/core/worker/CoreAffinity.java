package io.terminator.core.worker;

import io.terminator.core.observe.Diagnostics;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * Binds the calling thread to one core with sched_setaffinity(2). Java can call it without custom
 * native code from version 22 on, through {@code java.lang.foreign}, which is used by reflection
 * because this code is compiled for 17.
 */
final class CoreAffinity {
  private static final Duration QUIET = Duration.ofMinutes(1);
  private static final int FIRST_JAVA = 22;
  private static final int MASK_BYTES = 128;

  private CoreAffinity() {}

  /** Whether the calling thread now runs only on {@code core}; the log states the reason if not. */
  static boolean pin(int core, Diagnostics diagnostics) {
    if (Runtime.version().feature() < FIRST_JAVA) {
      diagnostics.warn(
          "workers.pin",
          QUIET,
          () ->
              "workers.pin: Java "
                  + Runtime.version().feature()
                  + " cannot bind a thread to a core; expected "
                  + FIRST_JAVA
                  + " or newer. Use that version, or taskset");
      return false;
    }
    try {
      ByteBuffer mask = ByteBuffer.allocateDirect(MASK_BYTES);
      mask.put(core / 8, (byte) (1 << core % 8));
      int result = (int) setAffinity().invokeWithArguments(0, (long) MASK_BYTES, segment(mask));
      if (result != 0) {
        diagnostics.warn(
            "workers.pin " + core,
            QUIET,
            () -> "workers.pin: core " + core + " is not one that this process may use");
      }
      return result == 0;
    } catch (Throwable refused) {
      diagnostics.warn(
          "workers.pin",
          QUIET,
          () ->
              "workers.pin: "
                  + refused
                  + ". Expected --enable-native-access=ALL-UNNAMED, as the launcher sets it");
      return false;
    }
  }

  private static Object segment(ByteBuffer buffer) throws ReflectiveOperationException {
    Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
    return segment.getMethod("ofBuffer", java.nio.Buffer.class).invoke(null, buffer);
  }

  private static MethodHandle setAffinity() throws ReflectiveOperationException {
    Class<?> linkerType = Class.forName("java.lang.foreign.Linker");
    Class<?> layoutType = Class.forName("java.lang.foreign.MemoryLayout");
    Class<?> values = Class.forName("java.lang.foreign.ValueLayout");
    Class<?> descriptorType = Class.forName("java.lang.foreign.FunctionDescriptor");
    Class<?> optionType = Class.forName("java.lang.foreign.Linker$Option");
    Object linker = linkerType.getMethod("nativeLinker").invoke(null);
    Object lookup = linkerType.getMethod("defaultLookup").invoke(linker);
    Optional<?> symbol =
        (Optional<?>)
            Class.forName("java.lang.foreign.SymbolLookup")
                .getMethod("find", String.class)
                .invoke(lookup, "sched_setaffinity");
    Object arguments = java.lang.reflect.Array.newInstance(layoutType, 3);
    java.lang.reflect.Array.set(arguments, 0, values.getField("JAVA_INT").get(null));
    java.lang.reflect.Array.set(arguments, 1, values.getField("JAVA_LONG").get(null));
    java.lang.reflect.Array.set(arguments, 2, values.getField("ADDRESS").get(null));
    Method of = descriptorType.getMethod("of", layoutType, arguments.getClass());
    Object descriptor = of.invoke(null, values.getField("JAVA_INT").get(null), arguments);
    Object options = java.lang.reflect.Array.newInstance(optionType, 0);
    Method downcall =
        linkerType.getMethod(
            "downcallHandle",
            Class.forName("java.lang.foreign.MemorySegment"),
            descriptorType,
            options.getClass());
    return (MethodHandle) downcall.invoke(linker, symbol.orElseThrow(), descriptor, options);
  }
}
