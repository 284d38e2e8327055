package hayloft.cli.admin;

import hayloft.common.http.ExchangeUnderWay;
import hayloft.s3.record.RequestTaps;
import java.util.List;
import java.util.function.Supplier;

/// Where the requests of the S3 port are seen: those that have ended, and those that have not.
public record LiveRooms(RequestTaps taps, Supplier<List<ExchangeUnderWay>> underWay) {}
