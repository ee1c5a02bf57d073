package io.terminator.admin.lifecycle;

import java.lang.reflect.Proxy;

/**
 * Operating system signals. The JDK has no supported API to handle a signal without ending the
 * process, only {@code sun.misc.Signal} in jdk.unsupported, which causes a compiler warning: hence
 * the reflection.
 */
final class Signals {
  private Signals() {}

  /** Runs {@code action} on a new thread for each signal; the signal no longer ends the process. */
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
