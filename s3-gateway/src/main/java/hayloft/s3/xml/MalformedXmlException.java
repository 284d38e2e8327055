package hayloft.s3.xml;

/// A request document is not what it should be: 400 MalformedXML.
public final class MalformedXmlException extends Exception {

  private static final long serialVersionUID = 1L;

  public MalformedXmlException(String message) {
    super(message, null, false, false);
  }
}
