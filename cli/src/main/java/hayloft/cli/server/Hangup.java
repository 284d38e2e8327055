package hayloft.cli.server;

import hayloft.common.log.EventLog;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// SIGHUP, from before the configuration is read until the process ends: one that comes during a start is answered once
/// the start is over, since what it asks to be read may have been read before. Thread-safe.
///
/// By default the signal ends a process, and between the launcher's shell and the first line of the program lies a
/// tenth of a second in which nobody could handle it. So the launcher has it ignored, which is inherited; but the
/// virtual machine takes no signal that was ignored when it began, as `nohup` wants it. Such a signal is given another
/// handler first, which does nothing (a function of the C library that only looks at its argument), and then is the
/// virtual machine's to take: at no moment does it end the process.
public final class Hangup {
  private static final EventLog LOG = EventLog.of(Hangup.class);
  private static final Signal SIGNAL = new Signal("HUP");

  /// Before anybody can answer.
  private static final Runnable WAITING = () -> {};

  private static boolean heard;
  private static Runnable answer = WAITING;

  private Hangup() {}

  /// From now on no SIGHUP is lost, and none ends the process.
  public static void begin() {
    try {
      if (Signal.handle(SIGNAL, Hangup::hear) == SignalHandler.SIG_IGN) {
        endIgnoring();
        Signal.handle(SIGNAL, Hangup::hear);
      }
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      LOG.debug("config.noReloadSignal").say(e); // this system has no SIGHUP
    }
  }

  private static void endIgnoring() {
    Linker linker = Linker.nativeLinker();
    SymbolLookup library = linker.defaultLookup();
    MethodHandle signal = linker.downcallHandle(library.find("signal").orElseThrow(UnsupportedOperationException::new),
        FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try {
      MemorySegment _ = (MemorySegment) signal.invokeExact(SIGNAL.getNumber(),
          library.find("abs").orElseThrow(UnsupportedOperationException::new));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static void hear(Signal signal) {
    Runnable present;
    synchronized (Hangup.class) {
      present = answer;
      if (present == WAITING) {
        heard = true;
        return;
      }
    }
    present.run();
  }

  /// Every SIGHUP from now on is answered so, on a thread of its own, and once for those that came before.
  static void answer(Runnable reload) {
    boolean late;
    synchronized (Hangup.class) {
      answer = reload;
      late = heard;
      heard = false;
    }
    if (late) {
      reload.run();
    }
  }
}
