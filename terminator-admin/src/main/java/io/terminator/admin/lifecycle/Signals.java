package io.terminator.admin.lifecycle;

import java.lang.reflect.Proxy;

/**
 * Operating system signals. The JDK has no supported API to handle one without ending, only {@code
 * sun.misc.Signal} in jdk.unsupported, which the compiler warns about: hence by reflection.
 */
final class Signals {
  private Signals() {}

  /**
   * Runs {@code action} on a thread of its own each time; the process no longer ends by that
   * signal.
   */
  static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                switch (method.getName()) {
                  case "handle" -> action.run();
                  case "equals" -> {
                    return self == arguments[0];
                  }
                  case "hashCode" -> {
                    return System.identityHashCode(self);
                  }
                  default -> {
                    return "signal " + name;
                  }
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException missing) {
      throw new IllegalStateException("This Java cannot handle the signal " + name, missing);
    }
  }
}
